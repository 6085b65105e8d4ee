/** Small devices: tablets, random numbers, memory balloon, watchdog, panic notifiers, host sockets. */

import type { DeviceSpec, PanicModel } from '../../spec/devices.ts'
import { json } from './escape.ts'
import type { OpenFiles } from './open-files.ts'
import type { PciPlaces } from './pcie.ts'
import { virtioDevice } from './virtio.ts'

export const balloonId = 'balloon'

export function peripheralArguments(spec: DeviceSpec, files: OpenFiles, places: PciPlaces): string[] {
  return [
    ...rngArguments(spec, places),
    ...(spec.inputs ?? [])
      .filter(({ bus }) => bus === 'virtio')
      .flatMap(() => ['-device', json({ driver: 'virtio-tablet-pci', ...places.express() })]),
    ...balloonArguments(spec, places),
    ...watchdogArguments(spec, places),
    ...(spec.panicDevices ?? []).flatMap((model) => panicArguments(model, places)),
    ...vsockArguments(spec, files, places),
  ]
}

function rngArguments(spec: DeviceSpec, places: PciPlaces): string[] {
  if (!spec.rng) return []
  return [
    '-object',
    json({ 'qom-type': 'rng-random', id: 'rng', filename: '/dev/urandom' }),
    '-device',
    json({ ...virtioDevice('virtio-rng-pci', { spec, places }), rng: 'rng' }),
  ]
}

function balloonArguments(spec: DeviceSpec, places: PciPlaces): string[] {
  if (spec.balloon === undefined) return []
  return [
    '-device',
    json({
      ...virtioDevice('virtio-balloon-pci', { spec, places }),
      id: balloonId,
      // Pages the guest has freed go back to the host at once, instead of when somebody asks for memory.
      'free-page-reporting': spec.balloon.freePageReporting,
    }),
  ]
}

function watchdogArguments({ watchdog }: DeviceSpec, places: PciPlaces): string[] {
  if (watchdog === undefined) return []
  // Powering off is done by the driver after QEMU has paused, so that the reason is known even after an engine's restart.
  const action = watchdog.action === 'poweroff' ? 'pause' : watchdog.action
  const device = json({ driver: watchdog.model, id: 'watchdog', ...places.conventional() })
  return ['-device', device, '-action', `watchdog=${action}`]
}

function panicArguments(model: PanicModel, places: PciPlaces): string[] {
  switch (model) {
    case 'isa':
      return ['-device', json({ driver: 'pvpanic' })]
    case 'pvpanic':
      return ['-device', json({ driver: 'pvpanic-pci', ...places.conventional() })]
    case 'hyperv':
      // A register of every processor, not a device.
      return ['-global', 'x86_64-cpu.hv-crash=on']
  }
}

/** Always the modern form: the transitional one is no device that guests look for. */
function vsockArguments(spec: DeviceSpec, { vsock }: OpenFiles, places: PciPlaces): string[] {
  if (spec.vsockCid === undefined) return []
  const device = {
    driver: 'vhost-vsock-pci-non-transitional',
    id: 'vsock',
    ...places.express(),
    'guest-cid': spec.vsockCid,
    // A number in a text: QEMU takes the name of a descriptor here too.
    vhostfd: String(vsock),
  }
  return ['-device', json(device)]
}
