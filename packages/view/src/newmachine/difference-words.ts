/** The sentences of what will be different for a machine from elsewhere, in English; other languages have theirs under the same names. */

export const differenceWords = {
  'disk-virtio-windows':
    "{{disk}} goes from {{was}} to virtio: Windows does not start from it before virtio's drivers are installed in it. Choose SATA to be safe.",
  'disk-virtio':
    '{{disk}} goes from {{was}} to virtio and is /dev/vd… in the guest: Linux of the last ten years has the driver, but /etc/fstab must name file systems by UUID or label.',
  'disk-sata-windows':
    '{{disk}} goes from {{was}} to SATA, for which every system has a driver; for more speed install virtio drivers in Windows and choose virtio then.',
  'disk-sata': '{{disk}} goes from {{was}} to SATA, for which every system has a driver; virtio is faster.',
  'disk-ide': '{{disk}} goes from IDE to SATA: there is no IDE here.',
  'disk-empty': '{{disk}} has no content in the package: it is made empty.',
  'disks-too-many': 'Only the first {{most}} of {{all}} disks are taken.',
  'drive-left': 'The empty CD drive is left out; a disc can be added at any time.',
  'drives-left': '{{number}} empty CD drives are left out; a disc can be added at any time.',
  'card-left':
    '{{card}} (network "{{network}}") is left out, for only the first card can be on the pod network: name a NetworkAttachmentDefinition for it.',
  'card-pod':
    '{{card}} (network "{{network}}") goes on the pod network: the guest gets its address by DHCP and is reached through Services.',
  'card-model': '{{card}} is {{model}} instead of {{was}}: the guest sees a new card, and may name it differently.',
  'mac-new':
    '{{card}} gets a new MAC address instead of {{mac}}: reservations in DHCP and rules that name the old one no longer match.',
  'mac-unusable': '{{card}} gets a new MAC address: {{mac}} is no address of one card.',
  'mac-kept': '{{card}} keeps the MAC address {{mac}}: the old machine must not run on the same network.',
  'no-card': 'The machine has no network card, as it had none before.',
  uefi: 'It starts by UEFI. Boot entries that the old machine kept in its firmware are not in the package: the guest starts by the fallback loader of its disk.',
  'secure-boot':
    'It starts by UEFI with Secure Boot. Boot entries that the old machine kept in its firmware are not in the package: the guest starts by the fallback loader of its disk.',
  tpm: 'The TPM is new and empty: what was sealed to the old one (BitLocker, keys) asks for its recovery key. Have it ready before the first start.',
  'no-memory': 'The package tells no memory: 1 GiB is proposed.',
  'devices-left': 'Left out, since there is nothing like it here: {{devices}}.',
  preference: 'Taken for {{preference}} by what the package says of its operating system.',
  'vmware-tools':
    'VMware Tools do nothing here; install the QEMU guest agent in the guest, for its addresses, clean shutdown and consistent snapshots.',
  properties:
    'The package has settings that its old home gave to the guest at the first start ({{keys}}); here cloud-init gives settings, in its own form.',
} as const

export type DifferenceId = keyof typeof differenceWords

/** What stands for a name in braces. */
export type DifferenceValues = Readonly<Record<string, string | number>>

export function differenceText(id: DifferenceId, values: DifferenceValues): string {
  return differenceWords[id].replaceAll(/\{\{(\w+)\}\}/g, (_whole, name: string) => String(values[name] ?? ''))
}
