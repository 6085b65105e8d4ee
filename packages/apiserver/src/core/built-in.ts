/** The part all built-in kinds share, and the columns most of them have. */

import type { JsonObject, KubeObject, SchemaSet } from '@berth/meta'
import type { PrinterColumn, ResourceDefinition } from '../resource/definition.ts'
import { ageCell } from '../table/cells.ts'

export type CoreObject = KubeObject & JsonObject

type BuiltIn = Omit<ResourceDefinition, 'versions' | 'schema' | 'schemaName' | 'singular' | 'strategicMerge'> & {
  /** `core.v1`, `storage.v1`: where Kubernetes' OpenAPI keeps the type. */
  apiPackage: string
}

/**
 * A built-in kind: served as v1, with strategic merge patch and the schema of Kubernetes' own OpenAPI.
 * @throws Error when the schemas do not have the kind: they were generated for another server
 */
export function builtIn(schemas: SchemaSet, options: BuiltIn): ResourceDefinition {
  const { apiPackage, ...rest } = options
  const schemaName = `io.k8s.api.${apiPackage}.${options.kind}`
  const schema = schemas[schemaName]
  if (schema === undefined) throw new Error(`the schema set has no ${schemaName}; regenerate it`)
  return {
    ...rest,
    versions: [{ name: 'v1' }],
    singular: options.kind.toLowerCase(),
    schemaName,
    schema,
    strategicMerge: true,
  }
}

/** A text column; priority 1 shows only with `-o wide`. */
export function text(name: string, value: PrinterColumn['value'], priority = 0): PrinterColumn {
  return { name, type: 'string', value, priority }
}

export const nameColumn: PrinterColumn = {
  name: 'Name',
  type: 'string',
  format: 'name',
  value: (object) => object.metadata.name ?? '',
}

export const ageColumn: PrinterColumn = text('Age', (object, now) => ageCell(object.metadata.creationTimestamp, now))
