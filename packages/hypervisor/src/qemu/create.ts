/** Makes the QEMU driver: finds the program, what it can do and which acceleration works. */

import { mkdir, readFile, realpath } from 'node:fs/promises'
import { silentLogger } from '@berth/base'
import { DriverError, type Driver } from '../driver.ts'
import type { HostCapabilities } from '../spec/capabilities.ts'
import { Cgroups } from './cgroups/cgroups.ts'
import { findPrograms } from './companions/programs.ts'
import { QemuDriver } from './driver.ts'
import { findFirmware } from './firmware.ts'
import { DedicatedCpus } from './dedicated-cpus.ts'
import { describeCompute } from './host-compute.ts'
import { describeKvmProcessor, describeQemu } from './host.ts'
import { kvmAccess } from './identity.ts'
import type { QemuDriverOptions } from './options.ts'
import { hasVsock } from './vsock.ts'
import { probeAcceleration, type AccelerationResult } from './probe.ts'
import { UidPool, uidsOf } from './uid-pool.ts'

const emulators = { x64: 'qemu-system-x86_64' } as const

/**
 * A driver that runs every machine as a QEMU process of its own. Finds QEMU, its firmware and its acceleration first.
 * @throws {DriverError} Unsupported when there is no usable QEMU
 */
export async function createQemuDriver(options: QemuDriverOptions): Promise<Driver> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new DriverError('Unsupported', `machines run on Linux on x86-64, not on ${process.platform} ${process.arch}`)
  }
  const binary = options.binary ?? emulators[process.arch]
  await mkdir(options.directory, { recursive: true, mode: 0o711 })
  const directory = await realpath(options.directory)
  const asRoot = process.getuid?.() === 0
  const uids = options.uids ?? uidsOf(directory, await readFile('/proc/self/uid_map', 'utf8'))
  const [description, firmware, programs] = await Promise.all([
    describeQemu(binary),
    findFirmware(options.firmwareDirectories),
    findPrograms(asRoot ? uids.base : undefined),
  ])
  const { acceleration, reason, gid } = await findAcceleration(options, {
    directory,
    binary,
    version: description.version,
    uid: asRoot ? uids.base : undefined,
  })
  const logger = options.logger ?? silentLogger
  const cgroups = await Cgroups.open(directory, logger)
  const compute = await describeCompute({
    acceleration,
    accelerationReason: reason,
    processor: acceleration === 'kvm' ? await describeKvmProcessor(binary) : description.processor,
    asRoot,
  })
  const host: HostCapabilities = {
    acceleration,
    ...(reason === undefined ? {} : { accelerationReason: reason }),
    version: description.version,
    architecture: 'amd64',
    ...firmware,
    ...programs,
    cgroup: cgroups.ability,
    cpuModels: description.cpuModels,
    machineTypes: description.machineTypes,
    compute: compute.capabilities,
    deviceTypes: description.devices,
    vsock: await hasVsock(),
  }
  return new QemuDriver({
    directory,
    binary,
    host,
    devices: new Set(description.devices),
    cpus: new DedicatedCpus(compute.cpus),
    uids: asRoot ? new UidPool(uids) : undefined,
    gid,
    cgroups,
    logger,
    serialLogBytes: options.serialLogBytes ?? 4 * 1024 * 1024,
    startTimeoutMs: options.startTimeoutMs ?? 20_000,
  })
}

async function findAcceleration(
  options: QemuDriverOptions,
  found: { directory: string; binary: string; version: string; uid: number | undefined },
): Promise<AccelerationResult> {
  if (options.acceleration === 'tcg') return { acceleration: 'tcg', reason: 'Emulation was asked for.' }
  if (options.acceleration === 'kvm') {
    const { gid } = await kvmAccess(found.uid !== undefined)
    return { acceleration: 'kvm', ...(gid === undefined ? {} : { gid }) }
  }
  return probeAcceleration({ ...found, guest: options.probeGuest, timeoutMs: options.probeTimeoutMs ?? 6000 })
}
