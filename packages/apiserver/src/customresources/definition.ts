/** customresourcedefinitions (apiextensions.k8s.io/v1): clients' own kinds, as objects. */

import {
  formatTime,
  getPath,
  isJsonObject,
  validate,
  type JsonObject,
  type KubeObject,
  type SchemaSet,
  type StatusCause,
} from '@berth/meta'
import { ensureObject } from '../core/fields.ts'
import type { ResourceDefinition } from '../resource/definition.ts'
import { withCondition } from './conditions.ts'
import { asCrd, cleanupFinalizer, crdGroup, storageVersion, textsOf, type CrdNames } from './crd.ts'
import { dropUnknown } from './nested-fields.ts'
import type { SchemaRules } from './rules-port.ts'
import { crdCauses, nameCauses } from './validation.ts'

const apiPackage = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1'

/** @throws Error when the schemas were generated without the kind */
export function crdDefinition(schemas: SchemaSet, rules: SchemaRules): ResourceDefinition {
  const schemaName = `${apiPackage}.CustomResourceDefinition`
  const schema = schemas[schemaName]
  if (schema === undefined) throw new Error(`the schema set has no ${schemaName}; regenerate it`)
  return {
    group: crdGroup,
    versions: [{ name: 'v1' }],
    kind: 'CustomResourceDefinition',
    resource: 'customresourcedefinitions',
    singular: 'customresourcedefinition',
    shortNames: ['crd', 'crds'],
    categories: ['api-extensions'],
    namespaced: false,
    schemaName,
    schema,
    strategicMerge: true,
    unconditionalUpdate: false,
    status: true,
    columns: [{ name: 'Created At', type: 'date', value: (object) => object.metadata.creationTimestamp ?? '' }],
    check: ({ object, part }) => [
      ...validate(object, schema, schemas),
      ...(part === 'status' ? statusCauses(object) : []),
    ],
    rules: {
      default(object, previous, context) {
        complete(object)
        rememberStorage(object, previous)
        for (const field of unknownFields(object, schemas)) context.warn(`unknown field "${field}"`)
      },
      validate: (object, previous) =>
        crdCauses(asCrd(object), previous === undefined ? undefined : asCrd(previous), rules),
      deletion: { mark: markTerminating },
    },
  }
}

/** Of a status only the names have rules. */
function statusCauses(object: KubeObject & JsonObject): StatusCause[] {
  const accepted = getPath(object, ['status', 'acceptedNames'])
  if (!isJsonObject(accepted)) return []
  const text = (key: string): string => (typeof accepted[key] === 'string' ? accepted[key] : '')
  const texts = (key: string): string[] => textsOf(accepted, key)
  const names: CrdNames = {
    plural: text('plural'),
    singular: text('singular'),
    kind: text('kind'),
    listKind: text('listKind'),
    shortNames: texts('shortNames'),
    categories: texts('categories'),
  }
  return nameCauses(names, 'status.acceptedNames')
}

/** Fills what Go's types always have, and Kubernetes' own defaults. */
function complete(object: KubeObject & JsonObject): void {
  const spec = ensureObject(object, 'spec')
  fill(spec, { group: '', scope: '', versions: [] })
  const names = ensureObject(spec, 'names')
  fill(names, { plural: '', kind: '' })
  const kind = typeof names['kind'] === 'string' ? names['kind'] : ''
  if ((names['singular'] ?? '') === '' && kind !== '') names['singular'] = kind.toLowerCase()
  if ((names['listKind'] ?? '') === '' && kind !== '') names['listKind'] = `${kind}List`
  if (!isJsonObject(spec['conversion'])) spec['conversion'] = { strategy: 'None' }
  else fill(spec['conversion'], { strategy: '' })
  if (spec['preserveUnknownFields'] === false) delete spec['preserveUnknownFields']
  if (!Array.isArray(spec['versions'])) return
  for (const version of spec['versions']) {
    if (!isJsonObject(version)) continue
    fill(version, { name: '', served: false, storage: false })
    for (const column of listIn(version, 'additionalPrinterColumns')) fill(column, { name: '', type: '', jsonPath: '' })
    for (const field of listIn(version, 'selectableFields')) fill(field, { jsonPath: '' })
    const subresources = version['subresources']
    const scale = isJsonObject(subresources) ? subresources['scale'] : undefined
    if (isJsonObject(scale)) fill(scale, { specReplicasPath: '', statusReplicasPath: '' })
  }
}

/** At most so many warnings; a generated definition can have thousands. */
const maxWarnings = 20

function unknownFields(object: KubeObject & JsonObject, schemas: SchemaSet): string[] {
  const spec = object['spec']
  const versions = isJsonObject(spec) ? listIn(spec, 'versions') : []
  const fields = versions.flatMap((version, index) => {
    const schema = version['schema']
    const props = isJsonObject(schema) ? schema['openAPIV3Schema'] : undefined
    if (!isJsonObject(props)) return []
    const found = dropUnknown(props, `${apiPackage}.JSONSchemaProps`, schemas)
    return found.map((field) => `spec.versions[${index}].schema.openAPIV3Schema.${field}`)
  })
  return fields.slice(0, maxWarnings)
}

function fill(object: JsonObject, defaults: JsonObject): void {
  for (const [key, value] of Object.entries(defaults)) if (object[key] === undefined) object[key] = value
}

function listIn(object: JsonObject, key: string): JsonObject[] {
  const value = object[key]
  return Array.isArray(value) ? value.filter((each) => isJsonObject(each)) : []
}

/** Every version that ever was the storage version is noted, as objects may lie in it. */
function rememberStorage(object: KubeObject & JsonObject, previous: (KubeObject & JsonObject) | undefined): void {
  const spec = object['spec']
  if (!isJsonObject(spec) || !Array.isArray(spec['versions'])) return
  const storage = storageVersion(asCrd(object).spec)
  const before = previous === undefined ? {} : (asCrd(previous).status ?? {})
  const stored = before.storedVersions ?? []
  const status: JsonObject = {
    ...(isJsonObject(object['status']) ? object['status'] : {}),
    storedVersions: storage === undefined || stored.includes(storage) ? stored : [...stored, storage],
  }
  if (previous === undefined) object['status'] = { acceptedNames: { kind: '', plural: '' }, conditions: [], ...status }
  else object['status'] = status
}

/** From here on nothing is created any more; the controller empties the kind and then lets it go. */
function markTerminating(object: KubeObject & JsonObject): void {
  const { metadata } = object
  const finalizers = metadata.finalizers ?? []
  if (!finalizers.includes(cleanupFinalizer)) metadata.finalizers = [...finalizers, cleanupFinalizer]
  const crd = asCrd(object)
  const at = metadata.deletionTimestamp
  const conditions = withCondition(
    crd.status?.conditions ?? [],
    {
      type: 'Terminating',
      status: 'True',
      reason: 'InstanceDeletionPending',
      message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
    },
    new Date(at ?? formatTime(new Date(0))),
  )
  crd.status = { ...crd.status, conditions }
}
