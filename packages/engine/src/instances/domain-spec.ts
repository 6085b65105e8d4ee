/** From an accepted instance to the machine the driver runs. Everything the spec names is resolved to files here. */

import type { VirtualMachineInstance } from '@berth/api'
import type { DomainSpec } from '@berth/hypervisor'
import type { EngineServices } from '../services.ts'
import { acpiTablesOf } from './domain/acpi-tables.ts'
import { computeOf } from './domain/compute.ts'
import { devicesOf } from './domain/devices.ts'
import { firmwareOf } from './domain/firmware.ts'

/** The tag that tells `berth down`, which has no API to ask, how long the guest may take to shut down, in seconds. */
export const graceTag = 'graceSeconds'

/**
 * @throws {EngineError} MissingDependency when a claim, secret, config map or image is not there
 * @throws {StatusError} when the API refuses a read
 * @throws {ImagingError} when a disk cannot be made
 */
export async function buildDomainSpec(
  instance: Readonly<VirtualMachineInstance>,
  services: EngineServices,
): Promise<DomainSpec> {
  const { metadata, spec } = instance
  const [firmware, devices, acpiTables] = await Promise.all([
    firmwareOf(instance, services),
    devicesOf(instance, services),
    acpiTablesOf(instance, services),
  ])
  return {
    id: metadata.uid ?? '',
    title: `${metadata.namespace ?? ''}_${metadata.name ?? ''}`,
    ...computeOf(instance, services.configuration.get().smbios),
    ...(acpiTables.length === 0 ? {} : { acpiTables }),
    ...firmware,
    ...devices,
    startPaused: spec.startStrategy === 'Paused',
    ...(spec.domain.rebootPolicy === 'Terminate' ? { onReboot: 'end' as const } : {}),
    tags: {
      namespace: metadata.namespace ?? '',
      name: metadata.name ?? '',
      node: instance.status?.nodeName ?? '',
      [graceTag]: String(spec.terminationGracePeriodSeconds ?? 30),
    },
  }
}
