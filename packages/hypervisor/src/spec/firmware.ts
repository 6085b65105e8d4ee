/** How a machine boots: its firmware, or a kernel without one. */

export interface FirmwareSpec {
  firmware: { kind: 'bios' } | { kind: 'uefi' }
  /** Direct kernel boot, instead of a boot disk. */
  kernel?: { path: string; initrd?: string; cmdline?: string }
}
