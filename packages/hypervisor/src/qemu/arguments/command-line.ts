/**
 * A machine's whole QEMU command line. Pure: files are already open, their descriptors are named here by number. Values that people
 * choose are arguments of their own, JSON, or escaped, after `validate.ts` has passed them.
 */

import type { Acceleration } from '../../spec/capabilities.ts'
import type { ProcessorCapabilities } from '../../spec/compute-capabilities.ts'
import type { DomainSpec } from '../../spec/domain.ts'
import { acceleratorArguments } from './accelerator.ts'
import { channelArguments, serialArguments } from './channels.ts'
import { clockArguments } from './clock.ts'
import { cpuArguments } from './cpu.ts'
import { diskArguments, spareControllerArguments } from './disks.ts'
import { displayArguments, soundArguments } from './display.ts'
import { sharedFolderArguments } from '../companions/shared-folders.ts'
import { tpmArguments } from '../companions/tpm.ts'
import { option } from './escape.ts'
import { bootArguments, firmwareArguments } from './firmware.ts'
import { machineArguments } from './machine.ts'
import { memoryArguments, type GuestNumaNode } from './memory.ts'
import { nicArguments } from './nics.ts'
import { sockets, type OpenFiles } from './open-files.ts'
import { ioThreadArguments, spreadsQueues } from './io-threads.ts'
import { PciPlaces } from './pcie.ts'
import { peripheralArguments } from './peripherals.ts'
import { acpiTableArguments, smbiosArguments } from './smbios.ts'
import { usbArguments, usbDeviceArguments } from './usb.ts'

export interface CommandLineOptions {
  spec: DomainSpec
  files: OpenFiles
  acceleration: Acceleration
  /** What processors can be here; absent: everything. */
  processor?: ProcessorCapabilities | undefined
  /** Where the guest's NUMA nodes are; empty for a machine without. */
  numa?: readonly GuestNumaNode[]
  /** QEMU's version; absent: the oldest that is supported. */
  version?: string
  now: Date
}

/** @throws {DriverError} InvalidSpec, Unsupported */
export function buildArguments(options: CommandLineOptions): string[] {
  const { spec, files, acceleration, now } = options
  const places = new PciPlaces(spec)
  // Devices first, ports second, because devices take the ports; QEMU wants them in the other order.
  const devices = [
    ...ioThreadArguments(spec),
    ...diskArguments(spec, { images: files.images, places, spreadsQueues: spreadsQueues(options.version) }),
    ...nicArguments(spec, places),
    ...channelArguments(spec, places),
    ...soundArguments(spec, places),
    ...usbDeviceArguments(spec),
    ...peripheralArguments(spec, files, places),
    ...sharedFolderArguments(spec, places),
    ...tpmArguments(spec),
    ...spareControllerArguments(spec, { places }),
  ]
  return [
    '-nodefaults',
    '-no-user-config',
    '-name',
    option('', { guest: spec.title, 'debug-threads': true }),
    '-sandbox',
    'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny',
    '-msg',
    'timestamp=on',
    ...files.descriptors.flatMap((descriptor) => ['-add-fd', option('', { ...descriptor })]),
    ...firmwareArguments(spec, files),
    ...machineArguments(spec, files),
    ...acceleratorArguments(spec, acceleration),
    ...cpuArguments(spec, options),
    ...memoryArguments(spec, options.numa),
    ...smbiosArguments(spec),
    ...acpiTableArguments(spec, files.acpiTables),
    ...clockArguments(spec.clock, now, acceleration),
    ...bootArguments(spec, files),
    // A machine that is over waits, so that an engine that was away learns how it ended.
    '-action',
    'shutdown=pause,panic=pause',
    '-S',
    ...monitorArguments(),
    ...places.arguments(),
    // What has a fixed place on the root bus comes before what takes the next free one.
    ...displayArguments(spec),
    ...usbArguments(spec),
    ...devices,
    ...serialArguments(spec, files),
  ]
}

function monitorArguments(): string[] {
  return (['qmp', 'handover'] as const).flatMap((id) => [
    '-chardev',
    option('socket', { id, path: sockets[id], server: true, wait: false }),
    '-mon',
    `chardev=${id},mode=control`,
  ])
}
