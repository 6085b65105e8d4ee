/** Devices of the host that an instance asks for: who may have which is in the KubeVirt resource (permittedHostDevices). */

import type { ClusterConfiguration, Devices } from '@berth/api'
import { EngineError } from '../../errors.ts'

/**
 * Not an admission rule, as what is permitted may change: the instance waits until its devices are.
 * @throws {EngineError} MissingDependency, in KubeVirt's words for a device that is not permitted
 */
export function checkHostDevices(
  { gpus = [], hostDevices = [] }: Devices,
  { permittedHostDevices: permitted }: Pick<ClusterConfiguration, 'permittedHostDevices'>,
): void {
  const asked = [
    ...gpus.map(({ deviceName = '' }) => ({ kind: 'GPU', deviceName })),
    ...hostDevices.map(({ deviceName = '' }) => ({ kind: 'HostDevice', deviceName })),
  ]
  if (asked.length === 0) return
  const { pciHostDevices, mediatedDevices, usb } = permitted
  const names = new Set([...pciHostDevices, ...mediatedDevices, ...usb].map(({ resourceName }) => resourceName))
  const refused = asked
    .filter(({ deviceName }) => !names.has(deviceName))
    .map(({ kind, deviceName }) => `${kind} ${deviceName} is not permitted in permittedHostDevices configuration`)
  if (refused.length > 0) {
    throw new EngineError('MissingDependency', `failed to render launch manifest: ${refused.join(' ')}`)
  }
  const [first] = asked
  throw new EngineError(
    'MissingDependency',
    `${first?.kind} ${first?.deviceName} is permitted, but the embedded engine passes no device of its host through to a machine`,
  )
}
