/** Where a guest will find its network cards, before the machine exists. */

import type { DeviceSpec } from '../../spec/devices.ts'
import { diskArguments } from './disks.ts'
import { nicArguments, nicId } from './nics.ts'
import { PciPlaces, type PciPlace } from './pcie.ts'

/** Everything that places depend on: what comes before network cards on the command line, and they themselves. */
export type PlacedDevices = Pick<DeviceSpec, 'disks' | 'nics' | 'virtioTransitional' | 'scsiController'>

/**
 * The PCI address of each network card by its name, as `0000:05:00.0`; firmware counts the buses behind root ports in their order.
 * @throws {DriverError} InvalidSpec, Unsupported, as a start would
 */
export function nicAddresses(devices: PlacedDevices): ReadonlyMap<string, string> {
  const places = new PciPlaces(devices)
  const spec: DeviceSpec = { ...devices, serialConsole: false, graphics: false, rng: false, guestAgent: false }
  // Images have no part in where a disk is, and an empty drive needs none.
  const disks = devices.disks.map((disk) => ({ ...disk, path: '' }))
  diskArguments({ ...spec, disks }, { images: new Map(), places, spreadsQueues: false })
  const args = nicArguments(spec, places)
  const cards = args.flatMap((arg, index): (PciPlace & { id: string })[] =>
    args[index - 1] === '-device' ? [JSON.parse(arg)] : [],
  )
  return new Map(
    devices.nics.flatMap(({ name }) => {
      const card = cards.find(({ id }) => id === nicId(name))
      return card === undefined ? [] : [[name, addressOf(card)]]
    }),
  )
}

function addressOf({ bus, addr }: PciPlace): string {
  if (addr !== undefined) return `0000:00:${hex(Number(addr))}.0`
  return `0000:${hex(Number(bus.slice('port'.length)) + 1)}:00.0`
}

function hex(value: number): string {
  return value.toString(16).padStart(2, '0')
}
