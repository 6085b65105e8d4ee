/** Namespaces: a `spec.finalizers` of their own keeps one until its content is gone. */

import { StatusError, type ObjectMeta, type SchemaSet } from '@berth/meta'
import type { PartSubresource, ResourceDefinition, ResourceRules } from '../resource/definition.ts'
import { ageColumn, builtIn, text } from './built-in.ts'
import { defaultTo, ensureObject, objectAt, textsAt } from './fields.ts'

/** Namespaces no cluster can do without (admission plugin NamespaceLifecycle). */
const immortal = new Set(['default', 'kube-system', 'kube-public'])

/** Made at start when missing. */
export const systemNamespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease'] as const

/** Label every namespace carries, so that label selectors can name it. */
const nameLabel = 'kubernetes.io/metadata.name'

export function labelled(metadata: ObjectMeta): ObjectMeta {
  const { name, labels } = metadata
  return name === undefined ? metadata : { ...metadata, labels: { ...labels, [nameLabel]: name } }
}

const rules: ResourceRules = {
  default(object, previous) {
    const { metadata } = object
    Object.assign(metadata, labelled(metadata))
    const spec = ensureObject(object, 'spec')
    // Only /finalize may change the finalizers.
    spec['finalizers'] = previous === undefined ? ['kubernetes'] : textsAt(objectAt(previous, 'spec'), 'finalizers')
    if (previous === undefined) object['status'] = { phase: 'Active' }
  },
  completeStatus(object) {
    const { metadata } = object
    if (metadata.name !== undefined) metadata.labels = { ...metadata.labels, [nameLabel]: metadata.name }
    defaultTo(ensureObject(object, 'status'), { phase: 'Active' })
  },
  beforeDelete(object) {
    const name = object.metadata.name ?? ''
    if (!immortal.has(name)) return
    throw new StatusError('Forbidden', `namespaces "${name}" is forbidden: this namespace may not be deleted`, {
      details: { name, kind: 'namespaces' },
    })
  },
  deletion: {
    mark(object) {
      ensureObject(object, 'status')['phase'] = 'Terminating'
    },
    held: (object) => textsAt(objectAt(object, 'spec'), 'finalizers').length > 0,
  },
}

export function namespaces(schemas: SchemaSet, finalize: PartSubresource): ResourceDefinition {
  return builtIn(schemas, {
    apiPackage: 'core.v1',
    group: '',
    kind: 'Namespace',
    resource: 'namespaces',
    shortNames: ['ns'],
    namespaced: false,
    // Nobody empties a cluster with one request.
    verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
    nameKind: 'dns1123Label',
    status: true,
    generation: false,
    columns: [text('Status', '.status.phase'), ageColumn],
    selectableFields: { 'status.phase': '.status.phase' },
    rules,
    subresources: { finalize },
  })
}
