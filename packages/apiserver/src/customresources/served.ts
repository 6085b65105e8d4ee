/** From an accepted CustomResourceDefinition to the resource the server serves. */

import { isJsonObject, parseJsonPath, StatusError, type Schema } from '@berth/meta'
import type { PrinterColumn, ResourceDefinition, ResourceVersionDefinition } from '../resource/definition.ts'
import { compareVersions } from '../resource/version-order.ts'
import { isTrue, storageVersion, type Crd, type CrdVersion } from './crd.ts'
import { checkInstance } from './instance.ts'
import { publishedSchema } from './published.ts'
import { storedReader } from './reading.ts'
import type { SchemaRules } from './rules-port.ts'
import { schemaOf } from './schema.ts'

export interface ServedOptions {
  rules: SchemaRules
}

const scaleKind = { group: 'autoscaling', version: 'v1', kind: 'Scale' }

const ageColumn: PrinterColumn = {
  name: 'Age',
  type: 'date',
  description:
    'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata',
  value: '.metadata.creationTimestamp',
}

/** The resource of a definition whose names are accepted; undefined when it has no version that stores objects. */
export function servedResource(crd: Crd, options: ServedOptions): ResourceDefinition | undefined {
  const { spec, status } = crd
  const storage = storageVersion(spec)
  const names = { ...spec.names, ...status?.acceptedNames }
  if (storage === undefined) return undefined
  const stored = spec.versions.filter((version) => version.name === storage)
  const others = spec.versions
    .filter((version) => version.name !== storage)
    .sort((a, b) => compareVersions(a.name, b.name))
  const schemas = new Map(spec.versions.map((version) => [version.name, schemaIn(version)] as const))
  const base: ResourceDefinition = {
    group: spec.group,
    versions: [],
    kind: names.kind,
    ...(names.listKind === undefined ? {} : { listKind: names.listKind }),
    resource: spec.names.plural,
    singular: names.singular ?? '',
    ...(names.shortNames === undefined ? {} : { shortNames: names.shortNames }),
    ...(names.categories === undefined ? {} : { categories: names.categories }),
    namespaced: spec.scope === 'Namespaced',
    schemaName: schemaNameOf(spec.group, storage, names.kind),
    schema: schemas.get(storage) ?? {},
    conversion: storedReader(spec.group, storage, schemas),
    ...(isTrue(crd, 'Terminating') || crd.metadata.deletionTimestamp !== undefined
      ? { rules: { default: refuseCreate } }
      : {}),
  }
  base.versions = [...stored, ...others].map((version) =>
    versionOf(crd, version, { ...options, base, schema: schemas.get(version.name) ?? {} }),
  )
  return base
}

function refuseCreate(_object: unknown, previous: unknown): void {
  if (previous !== undefined) return
  throw new StatusError('MethodNotAllowed', 'create not allowed while custom resource definition is terminating', {
    details: {},
  })
}

function schemaIn(version: CrdVersion): Schema {
  const props = version.schema?.openAPIV3Schema
  return isJsonObject(props) ? schemaOf(props) : { type: 'object', preserveUnknownFields: true }
}

/** As Kubernetes names the type in OpenAPI: the group's words reversed, `com.example.v1.Boat`. */
export function schemaNameOf(group: string, version: string, kind: string): string {
  return [...group.split('.').toReversed(), version, kind].join('.')
}

function versionOf(
  crd: Crd,
  version: CrdVersion,
  { base, schema, rules }: ServedOptions & { base: ResourceDefinition; schema: Schema },
): ResourceVersionDefinition {
  const { name, subresources } = version
  const scales = subresources?.scale
  const status = subresources?.status !== undefined && subresources.status !== null
  return {
    name,
    served: version.served,
    ...(version.deprecated === true ? { deprecated: warningOf(crd, version) } : {}),
    schema,
    schemaName: schemaNameOf(base.group, name, base.kind),
    status,
    columns: columnsOf(version),
    selectableFields: Object.fromEntries(
      (version.selectableFields ?? []).map(({ jsonPath }) => [jsonPath.replace(/^\./, ''), jsonPath]),
    ),
    subresources:
      scales === undefined || scales === null
        ? {}
        : { scale: { methods: ['GET', 'PUT', 'PATCH'], kind: scaleKind, scale: scales } },
    check: (write) => checkInstance(write, { schema, status, scale: scales ?? undefined, rules }),
    document: (openApi) => publishedSchema(version, openApi),
  }
}

function warningOf({ spec }: Crd, { name, deprecationWarning }: CrdVersion): string {
  return deprecationWarning ?? `${spec.group}/${name} ${spec.names.kind} is deprecated`
}

function columnsOf({ additionalPrinterColumns = [] }: CrdVersion): PrinterColumn[] {
  if (additionalPrinterColumns.length === 0) return [ageColumn]
  return additionalPrinterColumns.flatMap(({ name, type, format, description, priority, jsonPath }) =>
    isReadable(jsonPath)
      ? [
          {
            name,
            // Validation has checked it against the table of types.
            type: type as PrinterColumn['type'],
            ...(format === undefined ? {} : { format }),
            description:
              (description ?? '') === ''
                ? `Custom resource definition column (in JSONPath format): ${jsonPath}`
                : (description ?? ''),
            ...(priority === undefined ? {} : { priority }),
            value: jsonPath,
          },
        ]
      : [],
  )
}

/** Kubernetes takes any text that starts with a dot, and shows no column for one it cannot read. */
function isReadable(path: string): boolean {
  try {
    parseJsonPath(path)
    return true
  } catch {
    return false
  }
}
