/** What cannot be said of devices on QEMU's command line; done before the guest runs for the first time. */

import type { DeviceSpec } from '../spec/devices.ts'
import type { QmpClient } from '../qmp/client.ts'
import { balloonId } from './arguments/peripherals.ts'

/** @throws {DriverError} Timeout, Protocol */
export async function prepareDevices(spec: DeviceSpec, qmp: QmpClient): Promise<void> {
  const { statsSeconds } = spec.balloon ?? {}
  if (statsSeconds === undefined) return
  await qmp.execute('qom-set', {
    path: `/machine/peripheral/${balloonId}`,
    property: 'guest-stats-polling-interval',
    value: statsSeconds,
  })
}
