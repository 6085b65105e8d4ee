/** Gives every PCIe device a root port of its own, and adds spare ports for devices that are plugged in later. */

import { json } from './escape.ts'

/** Empty root ports on every machine. Each costs firmware and guest some boot time, so there are few. */
const sparePorts = 4
/** Slot of the first port on pcie.0; lower slots belong to the chipset and the display. */
const firstSlot = 4
const functionsPerSlot = 8

/** Hands out buses in order; `arguments` lists the ports once all devices have theirs. */
export class RootPorts {
  #used = 0

  /** The bus of the next free port, for a device's `bus`. */
  next(): string {
    this.#used += 1
    return `port${this.#used - 1}`
  }

  arguments(): string[] {
    return Array.from({ length: this.#used + sparePorts }, (_, index) => {
      const slot = firstSlot + Math.floor(index / functionsPerSlot)
      const part = index % functionsPerSlot
      return [
        '-device',
        json({
          driver: 'pcie-root-port',
          id: `port${index}`,
          bus: 'pcie.0',
          chassis: index + 1,
          addr: `0x${slot.toString(16)}.0x${part.toString(16)}`,
          ...(part === 0 ? { multifunction: true } : {}),
        }),
      ]
    }).flat()
  }
}
