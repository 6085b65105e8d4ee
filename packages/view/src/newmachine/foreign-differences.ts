/** What will be different for a machine from elsewhere, in plain words. */

import { isWindows, preferenceFor } from '../ovf/operating-system.ts'
import type { DiskController, OvfMachine } from '../ovf/ovf-machine.ts'
import { busOf, maxDisks, modelOf, placeOf, usableMac, type OvfChoices } from './foreign-choices.ts'

/** Where to look in the machine, for grouping. */
export type DifferenceArea = 'disks' | 'network' | 'firmware' | 'devices' | 'processor' | 'guest'

export interface Difference {
  area: DifferenceArea
  /** `warning`: the guest may not work as it did without something being done. */
  level: 'note' | 'warning'
  text: string
}

export function differencesOf(foreign: OvfMachine, choices: OvfChoices): Difference[] {
  return [
    ...diskDifferences(foreign, choices),
    ...networkDifferences(foreign, choices),
    ...firmwareDifferences(foreign),
    ...guestDifferences(foreign),
  ]
}

const controllerNames: Readonly<Record<DiskController, string>> = {
  ide: 'IDE',
  sata: 'SATA',
  scsi: 'SCSI',
  nvme: 'NVMe',
  virtio: 'virtio',
  unknown: 'unknown',
}

function diskDifferences(foreign: OvfMachine, choices: OvfChoices): Difference[] {
  const found: Difference[] = []
  const windows = isWindows(foreign.os)
  for (const disk of foreign.disks) {
    const bus = busOf(disk.controller, foreign, choices)
    const was = `${controllerNames[disk.controller]}${disk.controllerModel === undefined ? '' : ` (${disk.controllerModel})`}`
    if (bus === 'virtio' && windows && disk.controller !== 'virtio') {
      const text = `${disk.name} goes from ${was} to virtio: Windows does not start from it before virtio's drivers are installed in it. Choose SATA to be safe.`
      found.push({ area: 'disks', level: 'warning', text })
    } else if (bus === 'virtio' && disk.controller !== 'virtio') {
      const text = `${disk.name} goes from ${was} to virtio and is /dev/vd… in the guest: Linux of the last ten years has the driver, but /etc/fstab must name file systems by UUID or label.`
      found.push({ area: 'disks', level: 'note', text })
    } else if (bus === 'sata' && disk.controller !== 'sata' && disk.controller !== 'ide') {
      const advice = windows
        ? 'for more speed install virtio drivers in Windows and choose virtio then'
        : 'virtio is faster'
      const text = `${disk.name} goes from ${was} to SATA, for which every system has a driver; ${advice}.`
      found.push({ area: 'disks', level: 'note', text })
    } else if (disk.controller === 'ide') {
      found.push({ area: 'disks', level: 'note', text: `${disk.name} goes from IDE to SATA: there is no IDE here.` })
    }
    if (disk.file === undefined) {
      found.push({
        area: 'disks',
        level: 'note',
        text: `${disk.name} has no content in the package: it is made empty.`,
      })
    }
  }
  if (foreign.disks.length > maxDisks) {
    const text = `Only the first ${maxDisks} of ${foreign.disks.length} disks are taken.`
    found.push({ area: 'disks', level: 'warning', text })
  }
  const empty = foreign.cdRoms.filter(({ file }) => file === undefined).length
  if (empty > 0) {
    const text = `${empty === 1 ? 'The empty CD drive is' : `${empty} empty CD drives are`} left out; a disc can be added at any time.`
    found.push({ area: 'devices', level: 'note', text })
  }
  return found
}

function networkDifferences(foreign: OvfMachine, choices: OvfChoices): Difference[] {
  const found: Difference[] = []
  foreign.cards.forEach((card, index) => {
    const label = card.name === '' ? `network card ${index + 1}` : card.name
    const place = placeOf(card, index, choices)
    if (place.kind === 'nowhere') {
      const text = `${label} (network "${card.network ?? 'none'}") is left out, for only the first card can be on the pod network: name a NetworkAttachmentDefinition for it.`
      found.push({ area: 'network', level: 'warning', text })
      return
    }
    if (place.kind === 'pod') {
      const text = `${label} (network "${card.network ?? 'none'}") goes on the pod network: the guest gets its address by DHCP and is reached through Services.`
      found.push({ area: 'network', level: 'note', text })
    }
    const model = modelOf(card, foreign)
    if (card.model !== undefined && !card.model.toLowerCase().includes(model.slice(0, 5))) {
      const text = `${label} is ${model} instead of ${card.model}: the guest sees a new card, and may name it differently.`
      found.push({ area: 'network', level: 'note', text })
    }
    if (card.mac === undefined) return
    if (choices.keepMacs !== true) {
      const text = `${label} gets a new MAC address instead of ${card.mac}: reservations in DHCP and rules that name the old one no longer match.`
      found.push({ area: 'network', level: 'note', text })
    } else if (usableMac(card) === undefined) {
      const text = `${label} gets a new MAC address: ${card.mac} is no address of one card.`
      found.push({ area: 'network', level: 'warning', text })
    } else {
      const text = `${label} keeps the MAC address ${card.mac}: the old machine must not run on the same network.`
      found.push({ area: 'network', level: 'note', text })
    }
  })
  if (foreign.cards.length === 0) {
    found.push({ area: 'network', level: 'note', text: 'The machine has no network card, as it had none before.' })
  }
  return found
}

function firmwareDifferences(foreign: OvfMachine): Difference[] {
  const found: Difference[] = []
  if (foreign.firmware === 'efi') {
    const text = `It starts by UEFI${foreign.secureBoot ? ' with Secure Boot' : ''}. Boot entries that the old machine kept in its firmware are not in the package: the guest starts by the fallback loader of its disk.`
    found.push({ area: 'firmware', level: 'note', text })
  }
  if (foreign.tpm) {
    const text =
      'The TPM is new and empty: what was sealed to the old one (BitLocker, keys) asks for its recovery key. Have it ready before the first start.'
    found.push({ area: 'firmware', level: 'warning', text })
  }
  if (foreign.memoryBytes === 0) {
    found.push({ area: 'processor', level: 'warning', text: 'The package tells no memory: 1 GiB is proposed.' })
  }
  const lost = [...new Set(foreign.otherDevices)].slice(0, 10)
  if (lost.length > 0) {
    found.push({
      area: 'devices',
      level: 'note',
      text: `Left out, since there is nothing like it here: ${lost.join(', ')}.`,
    })
  }
  return found
}

function guestDifferences(foreign: OvfMachine): Difference[] {
  const found: Difference[] = []
  const preference = preferenceFor(foreign.os)
  if (preference !== undefined) {
    const text = `Taken for ${preference} by what the package says of its operating system.`
    found.push({ area: 'guest', level: 'note', text })
  }
  const product = `${foreign.product?.vendor ?? ''} ${foreign.os.type ?? ''} ${foreign.cards.map(({ model }) => model).join(' ')}`
  if (/vmware|Guest\b|vmxnet/i.test(product)) {
    const text =
      'VMware Tools do nothing here; install the QEMU guest agent in the guest, for its addresses, clean shutdown and consistent snapshots.'
    found.push({ area: 'guest', level: 'note', text })
  }
  const asked = foreign.properties.filter(({ userConfigurable }) => userConfigurable)
  if (asked.length > 0) {
    const text = `The package has ${asked.length} settings that its old home gave to the guest at the first start (${asked
      .slice(0, 3)
      .map(({ key }) => key)
      .join(', ')}…); here cloud-init gives settings, in its own form.`
    found.push({ area: 'guest', level: 'warning', text })
  }
  return found
}
