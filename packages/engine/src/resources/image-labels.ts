/** Labels of the published images that a machine's disks are made from, which tell the architecture they are for. */

import type { DataSource, InferenceLookups, MachineDefaults, VirtualMachine } from '@berth/api'
import { isJsonObject } from '@berth/meta'

/** Looks them up beforehand, as defaulting waits for nothing; only for a machine that says no architecture. */
export async function imageLabels(
  machine: Readonly<VirtualMachine>,
  { dataSource }: Pick<InferenceLookups, 'dataSource'>,
): Promise<NonNullable<MachineDefaults['imageLabels']>> {
  const found = new Map<string, Readonly<Record<string, string>>>()
  for (const { namespace, name } of publishedImagesOf(machine)) {
    const image = await dataSource(namespace, name)
    const behind = image === undefined ? undefined : referenceOf(image)
    // One that only refers to another is that other, one step far.
    const meant = behind === undefined ? image : await dataSource(behind.namespace, behind.name)
    if (meant !== undefined) found.set(`${namespace}/${name}`, meant.metadata.labels ?? {})
  }
  return (namespace, name) => found.get(`${namespace}/${name}`)
}

function publishedImagesOf({ metadata, spec }: Readonly<VirtualMachine>): { namespace: string; name: string }[] {
  // The schema lets a template leave its spec out.
  const { template }: { template: { spec?: VirtualMachine['spec']['template']['spec'] } } = spec
  if ((template.spec?.architecture ?? '') !== '') return []
  return (spec.dataVolumeTemplates ?? []).flatMap((each) => {
    const reference = each?.spec?.sourceRef
    if (reference?.kind.toLowerCase() !== 'datasource') return []
    const namespace = (reference.namespace ?? '') === '' ? metadata.namespace : reference.namespace
    return [{ namespace: namespace ?? '', name: reference.name }]
  })
}

function referenceOf({ spec, metadata }: Readonly<DataSource>): { namespace: string; name: string } | undefined {
  // As it was read from JSON.
  const { dataSource: reference }: { dataSource?: unknown } = spec.source
  if (!isJsonObject(reference) || typeof reference['name'] !== 'string') return undefined
  const { name, namespace } = reference
  return { name, namespace: typeof namespace === 'string' ? namespace : (metadata.namespace ?? '') }
}
