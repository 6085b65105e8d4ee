/** Puts Berth's kinds on a cluster, or renews them. */

import type { Client } from '@berth/kube'
import { resource, StatusError, unlessMissing, type JsonObject, type KubeObject } from '@berth/meta'
import { customResourceDefinitions } from './definitions.ts'

const definitions = resource<KubeObject & JsonObject>({
  apiVersion: 'apiextensions.k8s.io/v1',
  resource: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
})

export interface Installed {
  name: string
  done: 'created' | 'renewed'
}

/** Safe to repeat. @throws {StatusError} Forbidden when the person may not change definitions */
export async function installDefinitions(client: Client): Promise<Installed[]> {
  const installed: Installed[] = []
  for (const definition of customResourceDefinitions()) {
    const { name = '' } = definition.metadata
    const there = await unlessMissing(client.get(definitions, { name }))
    if (there === undefined) {
      try {
        await client.create(definitions, definition)
        installed.push({ name, done: 'created' })
        continue
      } catch (error) {
        // Somebody else was faster: theirs is renewed.
        if (!(error instanceof StatusError && error.code === 'AlreadyExists')) throw error
      }
    }
    const { spec = {}, metadata } = definition
    const patch = { spec, metadata: { labels: metadata.labels ?? {} } }
    await client.patch(definitions, { name }, { type: 'merge', patch })
    installed.push({ name, done: 'renewed' })
  }
  return installed
}
