/** What a DataSource comes to: a claim, a snapshot, or an image that this host publishes. */

import { type DataSource, dataSources } from '@berth/api'
import type { Client } from '@berth/kube'
import { unlessMissing } from '@berth/meta'

export type ResolvedSource =
  | { kind: 'claim' | 'snapshot'; namespace: string; name: string }
  /** Nothing is set: an image of this host, where the engine published the object itself. */
  | { kind: 'none'; namespace: string; name: string }
  | { kind: 'wrong'; reason: string; message: string }

/**
 * Follows one step from a DataSource to another of its namespace, as CDI does, and no further.
 * @param source as stored
 */
export async function resolveDataSource(client: Client, source: Readonly<DataSource>): Promise<ResolvedSource> {
  const { namespace = '', name = '' } = source.metadata
  const next = source.spec.source.dataSource
  if (next === undefined) return endOf(source)
  if ((next.namespace ?? namespace) !== namespace) {
    const message = 'DataSource cannot reference a DataSource in another namespace'
    return { kind: 'wrong', reason: 'CrossNamespaceReference', message }
  }
  if (next.name === name) {
    return { kind: 'wrong', reason: 'SelfReference', message: 'DataSource cannot self-reference' }
  }
  const found = await unlessMissing(client.get(dataSources, { namespace, name: next.name ?? '' }))
  if (found === undefined) {
    const message = `datasources.cdi.kubevirt.io "${next.name ?? ''}" not found`
    return { kind: 'wrong', reason: 'NotFound', message }
  }
  if (found.spec.source.dataSource !== undefined) {
    const message = 'DataSource reference chain exceeds maximum depth of 1'
    return { kind: 'wrong', reason: 'MaxReferenceDepthReached', message }
  }
  return endOf(found)
}

function endOf({ metadata, spec }: Readonly<DataSource>): ResolvedSource {
  const { namespace = '', name = '' } = metadata
  const { pvc, snapshot } = spec.source
  if (pvc !== undefined) return { kind: 'claim', namespace: pvc.namespace ?? namespace, name: pvc.name ?? '' }
  if (snapshot !== undefined) {
    return { kind: 'snapshot', namespace: snapshot.namespace ?? namespace, name: snapshot.name ?? '' }
  }
  return { kind: 'none', namespace, name }
}
