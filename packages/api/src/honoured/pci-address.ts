/** Places on a guest's PCI bus that a device can ask for. */

import { when } from './rule.ts'

const pattern = /^([0-9a-f]{4}):([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])$/i
/** Root ports that a machine may have, one bus each. */
const lastBus = 0x20
/** Slots of the root bus that devices may have; the chipset, the screen and USB have the others. */
const [firstSlot, lastSlot] = [0x04, 0x1e]

/** Text that is no address at all is admission's to refuse. */
export const pciAddress = when((value) => {
  const [, domain, bus, slot, part] = (pattern.exec(String(value)) ?? []).map((text) => Number.parseInt(text, 16))
  if (bus === undefined || slot === undefined) return undefined
  if (domain !== 0) return 'machines have only PCI domain 0000'
  if (part !== 0) return 'devices have slots of their own, so the function is 0'
  if (bus > lastBus) return 'buses go up to 20 (hexadecimal), one behind each root port'
  if (bus > 0) return slot === 0 ? undefined : 'a bus behind a root port has only slot 00'
  return slot >= firstSlot && slot <= lastSlot
    ? undefined
    : 'on bus 00 slots 04 to 1e can be had; the chipset, the screen and USB have the others'
})
