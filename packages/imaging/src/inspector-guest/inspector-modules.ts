/** Drivers of the inspector guest: one for every device a machine can have. */

import { guestModules } from '../tiny-guest/guest-files.ts'

/** What a kernel lacks as a module is built into it, or does not exist there; both are left out silently. */
export const inspectorModules = {
  early: guestModules.early,
  late: [
    ...guestModules.late,
    // Disks and shared folders; ext4 sums its blocks with crc32c
    'crc32c_generic',
    'sg',
    'uas',
    'usb_storage',
    'virtiofs',
    'vfat',
    'nls_ascii',
    'nls_cp437',
    'nls_utf8',
    'efivarfs',
    // USB and input
    'xhci_pci',
    'ehci_pci',
    'uhci_hcd',
    'usbhid',
    'hid_generic',
    'virtio_input',
    // Screens
    'bochs',
    'cirrus',
    'virtio_gpu',
    // Sound; the codec first, because a controller looks for it only once
    'snd_hda_codec_generic',
    'snd_hda_intel',
    'snd_intel8x0',
    // Network cards
    'e1000',
    'e1000e',
    'igb',
    '8139cp',
    '8139too',
    'ne2k_pci',
    'pcnet32',
    // The rest
    'i6300esb',
    'pvpanic_mmio',
    'pvpanic_pci',
    'pvpanic',
    'tpm_crb',
    'tpm_tis',
    'virtio_mem',
    'vmw_vsock_virtio_transport',
    'msr',
    'cpuid',
    'qemu_fw_cfg',
  ],
} as const
