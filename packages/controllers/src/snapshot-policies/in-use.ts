/** Snapshots that something is made from right now: those are not to go. */

import { virtualMachineClones, virtualMachineRestores } from '@berth/api'
import type { Client } from '@berth/kube'
import { getCondition, isJsonObject, resource, unlessMissing, type KubeObject } from '@berth/meta'

/** Only their source is read. */
const machineExports = resource<KubeObject & { spec?: unknown }>({
  apiVersion: 'export.kubevirt.io/v1beta1',
  resource: 'virtualmachineexports',
  kind: 'VirtualMachineExport',
  namespaced: true,
})

/** A server that does not know one of the kinds has none of them. */
export async function snapshotsInUse(client: Client, namespace: string): Promise<Set<string>> {
  const [restores, clones, exports] = await Promise.all([
    unlessMissing(client.list(virtualMachineRestores, { namespace })),
    unlessMissing(client.list(virtualMachineClones, { namespace })),
    unlessMissing(client.list(machineExports, { namespace })),
  ])
  const names = new Set<string>()
  for (const { spec, status } of restores?.items ?? []) {
    const ended = status?.complete === true || getCondition(status?.conditions, 'Failure')?.status === 'True'
    if (!ended) names.add(spec.virtualMachineSnapshotName)
  }
  for (const { spec, status } of clones?.items ?? []) {
    const ended = status?.phase === 'Succeeded' || status?.phase === 'Failed'
    if (!ended && spec.source.kind === 'VirtualMachineSnapshot') names.add(spec.source.name)
  }
  for (const { spec } of exports?.items ?? []) {
    const source = isJsonObject(spec) ? spec['source'] : undefined
    if (!isJsonObject(source) || source['kind'] !== 'VirtualMachineSnapshot') continue
    if (typeof source['name'] === 'string') names.add(source['name'])
  }
  return names
}
