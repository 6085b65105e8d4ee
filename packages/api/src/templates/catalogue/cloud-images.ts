/**
 * Cloud images of common server systems: versioned addresses with the digests their projects publish beside them, as of August 2026.
 * Where a project has no address that stays the same, the address of its file of digests stands instead of a digest.
 */

import type { Architecture } from '../../defaulting/platform.ts'

export interface CloudImage {
  url: string
  /** `sha256:…` or `sha512:…`, as its project publishes it. */
  checksum?: string
  /** File of digests beside the image, where no digest can be told beforehand. */
  checksumFile?: string
}

export interface CloudSystem {
  name: string
  displayName: string
  /** For icons and for finding. */
  system: string
  /** Account that the image is set up with. */
  user: string
  images: Readonly<Partial<Record<Architecture, CloudImage>>>
}

export const cloudSystems: readonly CloudSystem[] = [
  {
    name: 'debian-13',
    displayName: 'Debian 13',
    system: 'debian',
    user: 'debian',
    images: {
      amd64: {
        url: 'https://cloud.debian.org/images/cloud/trixie/20260712-2537/debian-13-genericcloud-amd64-20260712-2537.qcow2',
        checksum:
          'sha512:7ae53e9dbee282bfc16f289dec483dde3a8598769c38a267948310f7a2a52c662620198603bc52c142627efba379863d16079698a10b34102d55bcedd40e8d32',
      },
      arm64: {
        url: 'https://cloud.debian.org/images/cloud/trixie/20260712-2537/debian-13-genericcloud-arm64-20260712-2537.qcow2',
        checksum:
          'sha512:8543d795f2fde630eb66c492f245a8c1da19dedc636e0a8e7b3d0f95920e1a05aa911ef2d82d177d41cc53ced5fccbd2a3945d07fa5e15018914c4d864bb07ed',
      },
    },
  },
  {
    name: 'debian-12',
    displayName: 'Debian 12',
    system: 'debian',
    user: 'debian',
    images: {
      amd64: {
        url: 'https://cloud.debian.org/images/cloud/bookworm/20260712-2537/debian-12-genericcloud-amd64-20260712-2537.qcow2',
        checksum:
          'sha512:6c2607f1846ee86040830c87d0b723f0967da3e884ea4673d9db4aa8eee13a4b7c663524bfa42082c16fc6919f3aa1bf425c004d07ff06c53a319ad0c42647bb',
      },
      arm64: {
        url: 'https://cloud.debian.org/images/cloud/bookworm/20260712-2537/debian-12-genericcloud-arm64-20260712-2537.qcow2',
        checksum:
          'sha512:52eb678130e85a9bf9f3cf4f7181e060fa60a5db45373717474c5ff9305645c5e6cab8b05ca042bcfa7921d2ca29cf9fd2e815f75abe2d168557ad7207af127b',
      },
    },
  },
  {
    name: 'ubuntu-26.04',
    displayName: 'Ubuntu 26.04 LTS',
    system: 'ubuntu',
    user: 'ubuntu',
    images: {
      amd64: {
        url: 'https://cloud-images.ubuntu.com/releases/resolute/release-20260720/ubuntu-26.04-server-cloudimg-amd64.img',
        checksum: 'sha256:117816726abbdefc5ef3e38902e81a76f1c76c3610e709999d0885f9d5d9b477',
      },
      arm64: {
        url: 'https://cloud-images.ubuntu.com/releases/resolute/release-20260720/ubuntu-26.04-server-cloudimg-arm64.img',
        checksum: 'sha256:7bcf159e29ad0000bfed9c57875908c39268f5ed1257f4958fa6a9f5f60edd54',
      },
    },
  },
  {
    name: 'ubuntu-24.04',
    displayName: 'Ubuntu 24.04 LTS',
    system: 'ubuntu',
    user: 'ubuntu',
    images: {
      amd64: {
        url: 'https://cloud-images.ubuntu.com/releases/noble/release-20260705/ubuntu-24.04-server-cloudimg-amd64.img',
        checksum: 'sha256:ffe6203da54deeb6db5d2a98a83f9ec8e55f149d3f7ba622e1abe5fa966ee3d6',
      },
      arm64: {
        url: 'https://cloud-images.ubuntu.com/releases/noble/release-20260705/ubuntu-24.04-server-cloudimg-arm64.img',
        checksum: 'sha256:7df0201546f75b8bcc1044594c806c35749421ad3c9bc1be2a3ab806cfae39cc',
      },
    },
  },
  {
    name: 'ubuntu-22.04',
    displayName: 'Ubuntu 22.04 LTS',
    system: 'ubuntu',
    user: 'ubuntu',
    images: {
      amd64: {
        url: 'https://cloud-images.ubuntu.com/releases/jammy/release-20260705/ubuntu-22.04-server-cloudimg-amd64.img',
        checksum: 'sha256:ec3cdc1bf496078f645ccc8ac823e17609658753477ebc4e5fb730729ac5b434',
      },
      arm64: {
        url: 'https://cloud-images.ubuntu.com/releases/jammy/release-20260705/ubuntu-22.04-server-cloudimg-arm64.img',
        checksum: 'sha256:9c2ddc65079f9a285ca7c9efabdee6d58ff7dd2b08a130114426d2020506db7a',
      },
    },
  },
  {
    name: 'fedora',
    displayName: 'Fedora 44',
    system: 'fedora',
    user: 'fedora',
    images: {
      amd64: {
        url: 'https://download.fedoraproject.org/pub/fedora/linux/releases/44/Cloud/x86_64/images/Fedora-Cloud-Base-Generic-44-1.7.x86_64.qcow2',
        checksum: 'sha256:28680fe5b371a5a82ebf43a31926e086a168e59949d03969c5093e7071f90b7f',
      },
      arm64: {
        url: 'https://download.fedoraproject.org/pub/fedora/linux/releases/44/Cloud/aarch64/images/Fedora-Cloud-Base-Generic-44-1.7.aarch64.qcow2',
        checksum: 'sha256:55c60a3b80d3616a08705afd0459e75fe9f03c54aba7a46e4002a41a72fa0d5b',
      },
    },
  },
  {
    name: 'rocky-10',
    displayName: 'Rocky Linux 10',
    system: 'rocky',
    user: 'rocky',
    images: {
      amd64: {
        url: 'https://dl.rockylinux.org/pub/rocky/10.2/images/x86_64/Rocky-10-GenericCloud-Base-10.2-20260525.0.x86_64.qcow2',
        checksum: 'sha256:9fc9e9ff16888bb68ac39b0392e25c9c92684d50c85f1cce6ab549363bbc4b48',
      },
      arm64: {
        url: 'https://dl.rockylinux.org/pub/rocky/10.2/images/aarch64/Rocky-10-GenericCloud-Base-10.2-20260525.0.aarch64.qcow2',
        checksum: 'sha256:457c8375e19496f43a25c4a6169fa11237536c53cef6f85a20ea3c5a751aa0f5',
      },
    },
  },
  {
    name: 'rocky-9',
    displayName: 'Rocky Linux 9',
    system: 'rocky',
    user: 'rocky',
    images: {
      amd64: {
        url: 'https://dl.rockylinux.org/pub/rocky/9.8/images/x86_64/Rocky-9-GenericCloud-Base-9.8-20260525.0.x86_64.qcow2',
        checksum: 'sha256:92c206cc6f790c61583247eefe87890f8828420662c17cacf247cec78ab4eec8',
      },
      arm64: {
        url: 'https://dl.rockylinux.org/pub/rocky/9.8/images/aarch64/Rocky-9-GenericCloud-Base-9.8-20260525.0.aarch64.qcow2',
        checksum: 'sha256:24692a444f1f0b8bb95375c38c8b43f8099a115347623691be2c330b40c8a1fe',
      },
    },
  },
  {
    name: 'almalinux-10',
    displayName: 'AlmaLinux 10',
    system: 'almalinux',
    user: 'almalinux',
    images: {
      amd64: {
        url: 'https://repo.almalinux.org/almalinux/10.2/cloud/x86_64/images/AlmaLinux-10-GenericCloud-10.2-20260526.0.x86_64.qcow2',
        checksum: 'sha256:47f2218668dd4776be140dd92fa3bea700be1766e2c7d88bdfd6a4b50f477b4d',
      },
      arm64: {
        url: 'https://repo.almalinux.org/almalinux/10.2/cloud/aarch64/images/AlmaLinux-10-GenericCloud-10.2-20260526.0.aarch64.qcow2',
        checksum: 'sha256:336c6861fe0ba9115af00f557ed1b09385a3525612dd0cb9cce7e0486f8e74a4',
      },
    },
  },
  {
    name: 'almalinux-9',
    displayName: 'AlmaLinux 9',
    system: 'almalinux',
    user: 'almalinux',
    images: {
      amd64: {
        url: 'https://repo.almalinux.org/almalinux/9.8/cloud/x86_64/images/AlmaLinux-9-GenericCloud-9.8-20260526.x86_64.qcow2',
        checksum: 'sha256:c397eed7023e92c841155831b1f47e26300e5bef0f0256c129322307c897a251',
      },
      arm64: {
        url: 'https://repo.almalinux.org/almalinux/9.8/cloud/aarch64/images/AlmaLinux-9-GenericCloud-9.8-20260526.aarch64.qcow2',
        checksum: 'sha256:b5d883c5f84c68a9828fbd3aac863f9a723b43f8965a32ff7a1c198301f42a29',
      },
    },
  },
  {
    name: 'centos-stream-10',
    displayName: 'CentOS Stream 10',
    system: 'centos',
    user: 'cloud-user',
    images: {
      amd64: {
        url: 'https://cloud.centos.org/centos/10-stream/x86_64/images/CentOS-Stream-GenericCloud-10-20260720.0.x86_64.qcow2',
        checksum: 'sha256:93796945df5e54952be21ca85067f0c9f3b11a2dd6ee2163154fd9748c4c41d7',
      },
      arm64: {
        url: 'https://cloud.centos.org/centos/10-stream/aarch64/images/CentOS-Stream-GenericCloud-10-20260720.0.aarch64.qcow2',
        checksum: 'sha256:e7922ec8c52fb1ba6faa0ba0d92ef0e89a4b0922294781c9564b8c721eb445a8',
      },
    },
  },
  {
    name: 'centos-stream-9',
    displayName: 'CentOS Stream 9',
    system: 'centos',
    user: 'cloud-user',
    images: {
      amd64: {
        url: 'https://cloud.centos.org/centos/9-stream/x86_64/images/CentOS-Stream-GenericCloud-9-20260720.0.x86_64.qcow2',
        checksum: 'sha256:c2bde1f49fcb2efa55c40c4ec5011a8f2fb227c63254774b2a4d186b41f3a9a5',
      },
      arm64: {
        url: 'https://cloud.centos.org/centos/9-stream/aarch64/images/CentOS-Stream-GenericCloud-9-20260720.0.aarch64.qcow2',
        checksum: 'sha256:6dcb4a1518d84e414fb53fe28ae841bb16bba2499a7ad523caabf44b3ccbb3c2',
      },
    },
  },
  {
    name: 'opensuse-leap-16',
    displayName: 'openSUSE Leap 16.0',
    system: 'opensuse',
    user: 'opensuse',
    images: {
      amd64: {
        url: 'https://download.opensuse.org/distribution/leap/16.0/appliances/Leap-16.0-Minimal-VM.x86_64-Cloud.qcow2',
        checksumFile:
          'https://download.opensuse.org/distribution/leap/16.0/appliances/Leap-16.0-Minimal-VM.x86_64-Cloud.qcow2.sha256',
      },
      arm64: {
        url: 'https://download.opensuse.org/distribution/leap/16.0/appliances/Leap-16.0-Minimal-VM.aarch64-Cloud.qcow2',
        checksumFile:
          'https://download.opensuse.org/distribution/leap/16.0/appliances/Leap-16.0-Minimal-VM.aarch64-Cloud.qcow2.sha256',
      },
    },
  },
]
