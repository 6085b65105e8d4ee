/** What a cluster needs before controllers can run beside it: Berth's kinds, made of the same tables and schemas that the engine serves. */

import { berthResources, berthSchemas, type ResourceData } from '@berth/api'
import type { JsonObject, KubeObject } from '@berth/meta'
import { publishedSchema } from './published-schema.ts'

export const managedBy = { 'app.kubernetes.io/managed-by': 'berth' }

/** One CustomResourceDefinition for each of Berth's kinds. */
export function customResourceDefinitions(): (KubeObject & JsonObject)[] {
  return Object.values(berthResources).map(definitionOf)
}

function definitionOf(kind: ResourceData): KubeObject & JsonObject {
  const [storage] = kind.versions
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${kind.resource}.${kind.group}`, labels: managedBy },
    spec: {
      group: kind.group,
      scope: kind.namespaced ? 'Namespaced' : 'Cluster',
      names: {
        plural: kind.resource,
        singular: kind.singular,
        kind: kind.kind,
        listKind: kind.listKind,
        ...(kind.shortNames.length === 0 ? {} : { shortNames: [...kind.shortNames] }),
        ...(kind.categories.length === 0 ? {} : { categories: [...kind.categories] }),
      },
      versions: kind.versions.map((version) => ({
        name: version.name,
        served: true,
        storage: version === storage,
        schema: { openAPIV3Schema: publishedSchema({ ref: kind.schemaName }, berthSchemas) },
        ...(kind.status ? { subresources: { status: {} } } : {}),
        additionalPrinterColumns: kind.columns.map(({ name, type, value, description, priority }) => ({
          name,
          type,
          jsonPath: value,
          ...(description === undefined ? {} : { description }),
          ...(priority === undefined ? {} : { priority }),
        })),
      })),
    },
  }
}
