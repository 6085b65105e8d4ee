/** ACPI tables of an instance: the content of the secret volumes that it names. */

import type { VirtualMachineInstance } from '@berth/api'
import { maxAcpiTableBytes, type AcpiTable } from '@berth/hypervisor'
import { secrets } from '@berth/kube'
import { EngineError } from '../../errors.ts'
import type { EngineServices } from '../../services.ts'

/** The key in the secret that holds each table, as KubeVirt names it. */
const tables = [
  { signature: 'SLIC', field: 'slicNameRef', key: 'slic.bin' },
  { signature: 'MSDM', field: 'msdmNameRef', key: 'msdm.bin' },
] as const

/** @throws {EngineError} MissingDependency when the volume, its secret or the table in it is not there or not a table */
export async function acpiTablesOf(
  instance: Readonly<VirtualMachineInstance>,
  services: EngineServices,
): Promise<AcpiTable[]> {
  const wanted = instance.spec.domain.firmware?.acpi ?? {}
  const read = tables.map(async ({ signature, field, key }) => {
    const volumeName = wanted[field]
    if (volumeName === undefined || volumeName === '') return []
    return [{ signature, base64: await tableIn({ instance, services, volumeName, key }) }]
  })
  return (await Promise.all(read)).flat()
}

/** The header alone has so many bytes (ACPI 6.5, 5.2.6). */
const headerBytes = 36

async function tableIn({
  instance,
  services,
  volumeName,
  key,
}: {
  instance: Readonly<VirtualMachineInstance>
  services: EngineServices
  volumeName: string
  key: string
}): Promise<string> {
  const volume = (instance.spec.volumes ?? []).find(({ name }) => name === volumeName)
  const name = volume?.secret?.secretName
  if (name === undefined) {
    throw new EngineError('MissingDependency', `the ACPI table's volume "${volumeName}" is not a secret`, {
      remedy: 'Name a volume with a secret.',
    })
  }
  const secret = await services.client.get(secrets, { namespace: instance.metadata.namespace ?? '', name })
  const bytes = Buffer.from(secret.data?.[key] ?? '', 'base64')
  if (bytes.length < headerBytes || bytes.length > maxAcpiTableBytes) {
    throw new EngineError(
      'MissingDependency',
      `key "${key}" of secret "${name}" is no ACPI table: it has ${bytes.length} bytes`,
      { remedy: `Put the whole table there, ${headerBytes} to ${maxAcpiTableBytes} bytes.` },
    )
  }
  return bytes.toString('base64')
}
