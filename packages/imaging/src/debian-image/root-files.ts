/** Files Berth puts into the image's root file system, and the steps that finish it. Data, so that it can be read at a glance. */

export interface RootFile {
  /** Path in the image, without a leading slash. */
  path: string
  content: string
  mode?: number
}

/** Packages of the image beside mmdebstrap's minimal base. */
export const imagePackages = [
  'linux-image-cloud-amd64',
  'systemd-sysv',
  'systemd-resolved',
  'systemd-timesyncd',
  'dbus',
  'udev',
  'cloud-init',
  'cloud-guest-utils',
  'netplan.io',
  'qemu-guest-agent',
  'openssh-server',
  'sudo',
  'ca-certificates',
  'curl',
  'e2fsprogs',
  'iproute2',
  'iputils-ping',
  'less',
  'procps',
  'vim-tiny',
] as const

/** Left out while unpacking: nobody reads them in a cloud guest, and they are a third of the files. */
export const dpkgOptions = [
  'force-unsafe-io',
  'path-exclude=/usr/share/man/*',
  'path-exclude=/usr/share/info/*',
  'path-exclude=/usr/share/doc/*',
  'path-include=/usr/share/doc/*/copyright',
  'path-exclude=/usr/share/locale/*',
  'path-include=/usr/share/locale/locale.alias',
] as const

/** Must be there before the kernel is installed, since its installation makes the initial RAM disk. */
export const earlyFiles: readonly RootFile[] = [
  { path: 'etc/kernel-img.conf', content: 'do_symlinks = yes\n' },
  // A short list instead of "most" makes the RAM disk a quarter of the size; it holds what QEMU can boot from.
  { path: 'etc/initramfs-tools/conf.d/berth', content: 'MODULES=list\nFSTYPE=ext4\n' },
  {
    path: 'usr/share/initramfs-tools/modules.d/berth',
    content: ['virtio_pci', 'virtio_blk', 'virtio_scsi', 'sd_mod', 'ahci', 'ata_piix', 'nvme', 'ext4', ''].join('\n'),
  },
]

export function lateFiles(release: string, rootUuid: string): RootFile[] {
  return [
    { path: 'boot/grub/grub.cfg', content: grubConfig(rootUuid) },
    { path: 'etc/fstab', content: `UUID=${rootUuid} / ext4 rw,discard,errors=remount-ro 0 1\n` },
    { path: 'etc/hostname', content: 'debian\n' },
    { path: 'etc/default/locale', content: 'LANG=C.UTF-8\n' },
    { path: 'etc/hosts', content: hosts },
    { path: 'etc/apt/sources.list.d/debian.sources', content: aptSources(release) },
    { path: 'etc/cloud/cloud.cfg.d/90_berth.cfg', content: cloudConfig },
    { path: 'etc/systemd/system/systemd-networkd-wait-online.service.d/berth.conf', content: waitOnline },
    // Empty: systemd makes an id for each guest at its first boot.
    { path: 'etc/machine-id', content: '', mode: 0o444 },
  ]
}

// /vmlinuz and /initrd.img are links that Debian's kernel packages keep up to date, so no boot loader package is needed.
function grubConfig(rootUuid: string): string {
  const entry = (title: string, suffix: string): string =>
    `menuentry '${title}' {
  linux /vmlinuz${suffix} root=UUID=${rootUuid} ro console=tty0 console=ttyS0,115200n8 quiet
  initrd /initrd.img${suffix}
}
`
  return `set default=0
set timeout=0
if [ "$grub_platform" = pc ]; then
  serial --unit=0 --speed=115200
  terminal_input serial console
  terminal_output serial console
fi
${entry('Debian GNU/Linux', '')}${entry('Debian GNU/Linux, previous kernel', '.old')}`
}

const hosts = `127.0.0.1 localhost
::1 localhost ip6-localhost ip6-loopback
`

function aptSources(release: string): string {
  const paragraph = (uri: string, suites: string): string => `Types: deb
URIs: ${uri}
Suites: ${suites}
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`
  return `${paragraph('http://deb.debian.org/debian', `${release} ${release}-updates`)}
${paragraph('http://deb.debian.org/debian-security', `${release}-security`)}`
}

// An RSA host key takes seconds under emulation, and every client of today knows the other two.
const cloudConfig = `datasource_list: [NoCloud, ConfigDrive, None]
apt: {preserve_sources_list: true}
grub_dpkg: {enabled: false}
locale: false
ssh: {emit_keys_to_console: false}
ssh_genkeytypes: [ed25519, ecdsa]
`

// A guest without a working network must not hang for two minutes at boot.
const waitOnline = `[Service]
ExecStart=
ExecStart=/lib/systemd/systemd-networkd-wait-online --any --timeout=10
`

/** Units that only cost time in a guest. */
export const maskedUnits = [
  'apt-daily.timer',
  'apt-daily-upgrade.timer',
  'dpkg-db-backup.timer',
  'e2scrub_all.timer',
  'e2scrub_reap.service',
  'systemd-pstore.service',
] as const

export const enabledUnits = ['systemd-networkd.service', 'systemd-resolved.service', 'ssh.service'] as const

/** What installing leaves behind that must not be in an image: host names, secrets, identities, caches. */
export const removedPaths = [
  'etc/apt/apt.conf.d/99mmdebstrap',
  'etc/apt/sources.list',
  // The builder's mirrors, which may have passwords in their addresses.
  'etc/apt/sources.list.d',
  'etc/apt/auth.conf.d',
  'etc/dpkg/dpkg.cfg.d/99mmdebstrap',
  'etc/ssh/ssh_host_rsa_key',
  'etc/ssh/ssh_host_rsa_key.pub',
  'etc/ssh/ssh_host_ecdsa_key',
  'etc/ssh/ssh_host_ecdsa_key.pub',
  'etc/ssh/ssh_host_ed25519_key',
  'etc/ssh/ssh_host_ed25519_key.pub',
  'var/lib/dbus/machine-id',
  'var/lib/systemd/random-seed',
  'var/lib/systemd/credential.secret',
  'var/log/apt',
  'var/log/dpkg.log',
  'var/log/alternatives.log',
  'var/log/bootstrap.log',
  'var/cache/debconf/config.dat-old',
  'var/cache/debconf/templates.dat-old',
] as const
