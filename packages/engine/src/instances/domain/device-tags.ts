/** Tagged devices, as a config drive tells a guest of them: by tag, where to find the device. */

import type { VirtualMachineInstance } from '@berth/api'
import { nicAddresses } from '@berth/hypervisor'
import type { ConfigDriveDevice } from '@berth/imaging'
import { diskShell, emptyDrive } from './disk-shell.ts'
import { ioThreadsOf } from './io-threads.ts'
import { nicOf } from './nic.ts'

/** Network cards only, as in KubeVirt. */
export function taggedDevices(instance: Readonly<VirtualMachineInstance>): ConfigDriveDevice[] {
  const { disks = [], interfaces = [], useVirtioTransitional } = instance.spec.domain.devices
  const cards = interfaces.filter(({ state }) => state !== 'absent')
  const tagged = cards.filter(({ tag }) => tag !== undefined && tag !== '')
  if (tagged.length === 0) return []
  const nics = cards.map((card) => nicOf(card, instance))
  const { scsiController } = ioThreadsOf(instance)
  const addresses = nicAddresses({
    disks: disks.map((disk) => diskShell({ disk, instance }, emptyDrive)),
    nics,
    ...(scsiController === undefined ? {} : { scsiController }),
    ...(useVirtioTransitional === true ? { virtioTransitional: true } : {}),
  })
  return tagged.map(({ name, tag = '' }) => ({
    type: 'nic',
    bus: 'pci',
    address: addresses.get(name) ?? '',
    mac: nics.find((nic) => nic.name === name)?.mac ?? '',
    tags: [tag],
  }))
}
