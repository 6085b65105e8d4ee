/** PCI addresses as people write them: `domain:bus:slot.function`, in hexadecimal, of which the domain may be left out. */

import { check } from './checks.ts'

export interface PciAddress {
  /** 0 is the root bus; n is the bus behind the nth root port. */
  bus: number
  slot: number
}

const pattern = /^(?:(?<domain>[0-9a-f]{1,4}):)?(?<bus>[0-9a-f]{1,2}):(?<slot>[0-1]?[0-9a-f])\.(?<part>[0-7])$/i

/** Root ports a machine may be asked to have: firmware enumerates every one of them at each start. */
export const maxPciBus = 32
/** Slots of the root bus that the chipset, the screen and the USB controller have. */
const takenSlots = new Set([0, 1, 2, 3, 0x1f])

/** @throws {DriverError} InvalidSpec when no device can be there */
export function parsePciAddress(address: string, field: string): PciAddress {
  const groups = pattern.exec(address)?.groups
  check(groups !== undefined, field, 'a PCI address like 0000:00:10.0')
  const number = (name: string): number => Number.parseInt(groups?.[name] ?? '0', 16)
  const [bus, slot] = [number('bus'), number('slot')]
  check(number('domain') === 0, field, 'in PCI domain 0000, the only one of this machine')
  check(number('part') === 0, field, 'function 0 of a slot: devices have slots of their own')
  check(bus <= maxPciBus, field, `on a bus up to ${maxPciBus.toString(16)} (hexadecimal)`)
  if (bus === 0) {
    check(!takenSlots.has(slot), field, 'a slot of bus 00 from 04 to 1e; the chipset and the screen have the others')
  } else check(slot === 0, field, 'slot 00: a bus behind a root port has only that')
  return { bus, slot }
}
