/**
 * Where devices are on the PCI buses. A PCI Express device gets a root port of its own, with spare ports for devices that are plugged
 * in later; an ordinary PCI device gets a slot of the root bus, from the top down, so that the two meet last.
 */

import { DriverError } from '../../driver.ts'
import type { DeviceSpec } from '../../spec/devices.ts'
import { parsePciAddress, type PciAddress } from '../../validate/pci-address.ts'
import { json } from './escape.ts'

/** Empty root ports on every machine. Each costs firmware and guest some boot time, so there are few. */
const sparePorts = 4
/** Slot of the first port on pcie.0; lower slots belong to the chipset, the screen and USB. */
const firstSlot = 4
/** The slot below the chipset's. */
const lastSlot = 0x1e
const functionsPerSlot = 8

/** What a device says of its place. */
export interface PciPlace {
  bus: string
  addr?: string
}

/** Hands out places in order; `arguments` lists the ports once all devices have theirs. */
export class PciPlaces {
  /** Index of each root port that a device has, or one that asked for it. */
  readonly #ports = new Set<number>()
  /** Slots of the root bus that a device has, or one that asked for it. */
  readonly #slots = new Set<number>()

  /** Places that devices ask for are kept for them. @throws {DriverError} InvalidSpec when two ask for one */
  constructor(spec: Pick<DeviceSpec, 'disks' | 'nics'>) {
    for (const { name, pciAddress } of [...spec.disks, ...spec.nics]) {
      if (pciAddress === undefined) continue
      const { bus, slot } = parsePciAddress(pciAddress, `${name}.pciAddress`)
      const [taken, place] = bus === 0 ? [this.#slots, slot] : [this.#ports, bus - 1]
      if (taken.has(place)) {
        throw new DriverError('InvalidSpec', `${name}.pciAddress: another device is at ${pciAddress}`, {
          remedy: 'Give each device an address of its own.',
        })
      }
      taken.add(place)
    }
  }

  /** A root port, or where the address says, for a device that can be on either kind of bus. */
  express(pciAddress?: string): PciPlace {
    if (pciAddress !== undefined) return placeAt(parsePciAddress(pciAddress, 'pciAddress'))
    let index = 0
    while (this.#ports.has(index)) index += 1
    this.#ports.add(index)
    return { bus: `port${index}` }
  }

  /** A slot of the root bus, or where the address says. @throws {DriverError} Unsupported when there is none left */
  conventional(pciAddress?: string): PciPlace {
    if (pciAddress !== undefined) return placeAt(parsePciAddress(pciAddress, 'pciAddress'))
    let slot = lastSlot
    while (this.#slots.has(slot)) slot -= 1
    if (slot < firstSlot) throw full()
    this.#slots.add(slot)
    return { bus: 'pcie.0', addr: hex(slot) }
  }

  /** @throws {DriverError} Unsupported when the root bus has no room for all the ports */
  arguments(): string[] {
    const count = Math.max(0, ...[...this.#ports].map((index) => index + 1)) + sparePorts
    const slots = Array.from({ length: lastSlot - firstSlot + 1 }, (_, index) => firstSlot + index)
    const free = slots.filter((slot) => !this.#slots.has(slot))
    return Array.from({ length: count }, (_, index) => {
      const slot = free[Math.floor(index / functionsPerSlot)]
      if (slot === undefined) throw full()
      const part = index % functionsPerSlot
      return [
        '-device',
        json({
          driver: 'pcie-root-port',
          id: `port${index}`,
          bus: 'pcie.0',
          chassis: index + 1,
          addr: `${hex(slot)}.${hex(part)}`,
          ...(part === 0 ? { multifunction: true } : {}),
        }),
      ]
    }).flat()
  }
}

/** Whether this is the id of a root port. */
export function isRootPort(id: string): boolean {
  return /^port\d+$/.test(id)
}

function placeAt({ bus, slot }: PciAddress): PciPlace {
  return bus === 0 ? { bus: 'pcie.0', addr: hex(slot) } : { bus: `port${bus - 1}` }
}

function hex(value: number): string {
  return `0x${value.toString(16)}`
}

function full(): DriverError {
  return new DriverError('Unsupported', 'the PCI bus of the machine has no room for all its devices', {
    remedy: 'Use the scsi bus for disks; one controller serves them all.',
  })
}
