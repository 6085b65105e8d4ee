/** From the resource table of packages/api to a definition of the API server. */

import type { ResourceData } from '@berth/api'
import type { ResourceDefinition } from '@berth/apiserver'
import type { SchemaSet } from '@berth/meta'

export function typed(data: Omit<ResourceData, 'webhooks'>, schemas: SchemaSet): ResourceDefinition {
  const schema = schemas[data.schemaName]
  if (schema === undefined) throw new Error(`no schema ${data.schemaName}; run \`npm run generate\``)
  return {
    ...data,
    versions: [...data.versions],
    shortNames: [...data.shortNames],
    categories: [...data.categories],
    columns: data.columns.map((column) => ({ ...column })),
    schema,
  }
}
