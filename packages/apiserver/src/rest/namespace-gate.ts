/** Nothing may be created in a namespace that is not there or on its way out (Kubernetes' NamespaceLifecycle admission). */

import { notFound, type StatusError } from '@berth/meta'
import { refusal } from '../server/attributes.ts'
import type { ResourceCall } from './call.ts'
import { decodeStored } from './stored-form.ts'

const namespaces = { group: '', resource: 'namespaces' }

/** @throws {StatusError} NotFound, Forbidden */
export function checkNamespace(call: ResourceCall, name: string): void {
  const { definition, namespace, services } = call
  if (!definition.namespaced || namespace === undefined) return
  // A server that serves no namespaces has none to check.
  if (services.registry.find('', 'v1', 'namespaces') === undefined) return
  const stored = services.store.get('core/namespaces', namespace)
  if (stored === undefined) throw notFound(namespaces, namespace)
  if (decodeStored(stored.value).metadata.deletionTimestamp !== undefined) throw terminating(call, name, namespace)
}

function terminating(call: ResourceCall, name: string, namespace: string): StatusError {
  const error = refusal(
    call.definition,
    name,
    `unable to create new content in namespace ${namespace} because it is being terminated`,
  )
  const cause = {
    reason: 'NamespaceTerminating',
    message: `namespace ${namespace} is being terminated`,
    field: 'metadata.namespace',
  }
  error.status.details = { ...error.status.details, causes: [cause] }
  return error
}
