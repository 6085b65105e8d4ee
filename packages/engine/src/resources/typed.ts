/** From the resource table of packages/api to a definition of the API server. */

import type { ResourceData } from '@berth/api'
import type { ResourceDefinition } from '@berth/apiserver'
import type { SchemaSet } from '@berth/meta'

/** What /scale reads and writes of the kinds that hold several machines. */
const scale: NonNullable<ResourceDefinition['subresources']>[string] = {
  methods: ['GET', 'PUT', 'PATCH'],
  kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
  scale: {
    specReplicasPath: '.spec.replicas',
    statusReplicasPath: '.status.replicas',
    labelSelectorPath: '.status.labelSelector',
  },
}

export function typed(resource: ResourceData, schemas: SchemaSet): ResourceDefinition {
  const { webhooks: _webhooks, scale: scales, ...data } = resource
  const schema = schemas[data.schemaName]
  if (schema === undefined) throw new Error(`no schema ${data.schemaName}; run \`npm run generate\``)
  return {
    ...data,
    versions: [...data.versions],
    shortNames: [...data.shortNames],
    categories: [...data.categories],
    columns: data.columns.map((column) => ({ ...column })),
    schema,
    ...(scales === true ? { subresources: { scale } } : {}),
  }
}
