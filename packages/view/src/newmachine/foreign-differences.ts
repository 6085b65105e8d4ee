/** What will be different for a machine from elsewhere, in plain words. */

import { isWindows, preferenceFor } from '../ovf/operating-system.ts'
import type { DiskController, OvfMachine } from '../ovf/ovf-machine.ts'
import { differenceText, type DifferenceId, type DifferenceValues } from './difference-words.ts'
import { busOf, maxDisks, modelOf, placeOf, usableMac, type OvfChoices } from './foreign-choices.ts'

/** Where to look in the machine, for grouping. */
export type DifferenceArea = 'disks' | 'network' | 'firmware' | 'devices' | 'processor' | 'guest'

export interface Difference {
  area: DifferenceArea
  /** `warning`: the guest may not work as it did without something being done. */
  level: 'note' | 'warning'
  id: DifferenceId
  values: DifferenceValues
  /** The same in English. */
  text: string
}

function say(
  area: DifferenceArea,
  id: DifferenceId,
  { level = 'note', ...values }: DifferenceValues & { level?: Difference['level'] } = {},
): Difference {
  return { area, level, id, values, text: differenceText(id, values) }
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
  for (const { name: disk, controller, controllerModel, file } of foreign.disks) {
    const bus = busOf(controller, foreign, choices)
    const was = `${controllerNames[controller]}${controllerModel === undefined ? '' : ` (${controllerModel})`}`
    if (bus === 'virtio' && windows && controller !== 'virtio') {
      found.push(say('disks', 'disk-virtio-windows', { level: 'warning', disk, was }))
    } else if (bus === 'virtio' && controller !== 'virtio') {
      found.push(say('disks', 'disk-virtio', { disk, was }))
    } else if (bus === 'sata' && controller !== 'sata' && controller !== 'ide') {
      found.push(say('disks', windows ? 'disk-sata-windows' : 'disk-sata', { disk, was }))
    } else if (controller === 'ide') {
      found.push(say('disks', 'disk-ide', { disk }))
    }
    if (file === undefined) found.push(say('disks', 'disk-empty', { disk }))
  }
  if (foreign.disks.length > maxDisks)
    found.push(say('disks', 'disks-too-many', { level: 'warning', most: maxDisks, all: foreign.disks.length }))
  const empty = foreign.cdRoms.filter(({ file }) => file === undefined).length
  if (empty === 1) found.push(say('devices', 'drive-left'))
  if (empty > 1) found.push(say('devices', 'drives-left', { number: empty }))
  return found
}

function networkDifferences(foreign: OvfMachine, choices: OvfChoices): Difference[] {
  const found: Difference[] = []
  foreign.cards.forEach((of, index) => {
    const card = of.name === '' ? `NIC ${index + 1}` : of.name
    const network = of.network ?? '–'
    const place = placeOf(of, index, choices)
    if (place.kind === 'nowhere') {
      found.push(say('network', 'card-left', { level: 'warning', card, network }))
      return
    }
    // A card that nobody described (a bare disk has none) was nowhere else before.
    if (place.kind === 'pod' && of.network !== undefined) found.push(say('network', 'card-pod', { card, network }))
    const model = modelOf(of, foreign)
    if (of.model !== undefined && !of.model.toLowerCase().includes(model.slice(0, 5)))
      found.push(say('network', 'card-model', { card, model, was: of.model }))
    if (of.mac === undefined) return
    const { mac } = of
    if (choices.keepMacs !== true) found.push(say('network', 'mac-new', { card, mac }))
    else if (usableMac(of) === undefined) found.push(say('network', 'mac-unusable', { level: 'warning', card, mac }))
    else found.push(say('network', 'mac-kept', { card, mac }))
  })
  if (foreign.cards.length === 0) found.push(say('network', 'no-card'))
  return found
}

function firmwareDifferences(foreign: OvfMachine): Difference[] {
  const found: Difference[] = []
  if (foreign.firmware === 'efi') found.push(say('firmware', foreign.secureBoot ? 'secure-boot' : 'uefi'))
  if (foreign.tpm) found.push(say('firmware', 'tpm', { level: 'warning' }))
  if (foreign.memoryBytes === 0) found.push(say('processor', 'no-memory', { level: 'warning' }))
  const lost = [...new Set(foreign.otherDevices)].slice(0, 10)
  if (lost.length > 0) found.push(say('devices', 'devices-left', { devices: lost.join(', ') }))
  return found
}

function guestDifferences(foreign: OvfMachine): Difference[] {
  const found: Difference[] = []
  const preference = preferenceFor(foreign.os)
  if (preference !== undefined) found.push(say('guest', 'preference', { preference }))
  const product = `${foreign.product?.vendor ?? ''} ${foreign.os.type ?? ''} ${foreign.cards.map(({ model }) => model).join(' ')}`
  if (/vmware|Guest\b|vmxnet/i.test(product)) found.push(say('guest', 'vmware-tools'))
  const asked = foreign.properties.filter(({ userConfigurable }) => userConfigurable).map(({ key }) => key)
  if (asked.length > 0) {
    const keys = [...asked.slice(0, 3), ...(asked.length > 3 ? ['…'] : [])].join(', ')
    found.push(say('guest', 'properties', { level: 'warning', keys }))
  }
  return found
}
