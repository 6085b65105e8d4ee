/** Which devices this host's QEMU lacks. */

import type { HostCapabilities } from '../../spec/capabilities.ts'
import type { DeviceSpec, PanicModel } from '../../spec/devices.ts'
import { videoDriver } from '../arguments/display.ts'
import { nicDriver } from '../arguments/nics.ts'
import type { Refuse } from './refuse.ts'

interface DeviceCheck {
  /** QEMU's type of the device. */
  type: string
  what: string
  remedy: string
}

const panicDrivers: Record<PanicModel, string | undefined> = {
  isa: 'pvpanic',
  pvpanic: 'pvpanic-pci',
  hyperv: undefined,
}

/** @param known device types this QEMU has */
export function checkDevices(
  spec: DeviceSpec,
  { host, known, refuse }: { host: HostCapabilities; known: ReadonlySet<string>; refuse: Refuse },
): void {
  for (const { type, what, remedy } of wanted(spec)) if (!known.has(type)) refuse(what, remedy)
  if (spec.vsockCid !== undefined && host.vsock !== true) {
    refuse('there are no AF_VSOCK sockets for guests', 'Load the kernel module: "modprobe vhost_vsock".')
  }
  if (spec.panicDevices?.includes('hyperv') === true && host.acceleration === 'tcg') {
    refuse('the panic device "hyperv" needs KVM, which does not work here', 'Use "isa" or "pvpanic".')
  }
}

function wanted(spec: DeviceSpec): DeviceCheck[] {
  const { video = 'vga', inputs = [], panicDevices = [] } = spec
  return [
    ...spec.nics.map(({ model }) => ({
      type: nicDriver(model),
      what: `there is no "${model}" network card`,
      remedy: 'Use "virtio".',
    })),
    ...(spec.graphics
      ? [{ type: videoDriver(video), what: `there is no "${video}" screen`, remedy: 'Use "vga", or no screen.' }]
      : []),
    ...(spec.sound === undefined
      ? []
      : [
          {
            type: spec.sound === 'ac97' ? 'AC97' : 'ich9-intel-hda',
            what: `there is no "${spec.sound}" sound card`,
            remedy: 'Leave it out.',
          },
        ]),
    ...(inputs.some(({ bus }) => bus === 'usb')
      ? [{ type: 'usb-tablet', what: 'there is no USB tablet', remedy: 'Use the virtio bus.' }]
      : []),
    ...((spec.usbRedirections ?? 0) > 0
      ? [
          {
            type: 'usb-redir',
            what: 'there is no USB redirection',
            remedy: 'Install a QEMU that was built with libusbredir, or leave it out.',
          },
        ]
      : []),
    ...panicDevices.flatMap((model) => {
      const type = panicDrivers[model]
      return type === undefined
        ? []
        : [{ type, what: `there is no "${model}" panic device`, remedy: 'Use another model.' }]
    }),
    ...(spec.vsockCid === undefined
      ? []
      : [{ type: 'vhost-vsock-pci-non-transitional', what: 'there is no vsock device', remedy: 'Leave it out.' }]),
  ]
}
