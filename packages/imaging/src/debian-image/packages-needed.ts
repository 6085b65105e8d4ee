/** What must be installed on the machine to build a Debian image, as data for the set-up step. */

/** Debian and Ubuntu package names. */
export function packagesNeeded(): string[] {
  return [...new Set(tools.map((tool) => tool.package)), 'grub-pc-bin', 'grub-efi-amd64-bin', 'debian-archive-keyring']
}

/** A program the build runs, with its package. `uidmap` is needed only when the builder is not root. */
export const tools: readonly { program: string; package: string; ordinaryUserOnly?: boolean }[] = [
  { program: 'mmdebstrap', package: 'mmdebstrap' },
  { program: 'newuidmap', package: 'uidmap', ordinaryUserOnly: true },
  { program: 'unshare', package: 'util-linux', ordinaryUserOnly: true },
  { program: 'mke2fs', package: 'e2fsprogs' },
  { program: 'sfdisk', package: 'fdisk' },
  { program: 'mformat', package: 'mtools' },
  { program: 'grub-mkimage', package: 'grub-common' },
  { program: 'tar', package: 'tar' },
  { program: 'qemu-img', package: 'qemu-utils' },
]

/** GRUB's parts, read as files. */
export const grubDirectories = { bios: '/usr/lib/grub/i386-pc', uefi: '/usr/lib/grub/x86_64-efi' } as const

export const archiveKeyring = '/usr/share/keyrings/debian-archive-keyring.gpg'
