/**
 * Defaults of the admission kinds (admissionregistration `SetDefaults_*`). Required fields that are missing become empty, as they
 * are once Go has read them, so that the rules of the kind word what is missing and not the schema.
 */

import { ensureObject, defaultTo, objectAt, objectsAt } from '../../core/fields.ts'
import type { CoreObject } from '../../core/built-in.ts'
import { deepEqual, ownMember, type JsonObject } from '@berth/meta'

const expression = { name: '', expression: '' }
const httpsPort = 443
const webhookTimeout = 10

/** @param mutating webhooks that change objects have one field more */
export function defaultWebhooks(object: CoreObject, mutating: boolean): void {
  for (const webhook of objectsAt(object, 'webhooks')) {
    defaultTo(webhook, {
      name: '',
      clientConfig: {},
      sideEffects: '',
      admissionReviewVersions: [],
      failurePolicy: 'Fail',
      matchPolicy: 'Equivalent',
      namespaceSelector: {},
      objectSelector: {},
      timeoutSeconds: webhookTimeout,
      ...(mutating ? { reinvocationPolicy: 'Never' } : {}),
    })
    for (const condition of objectsAt(webhook, 'matchConditions')) defaultTo(condition, expression)
    for (const rule of objectsAt(webhook, 'rules')) defaultTo(rule, { scope: '*' })
    const service = objectAt(objectAt(webhook, 'clientConfig'), 'service')
    if (service !== undefined) defaultTo(service, { name: '', namespace: '', port: httpsPort })
  }
}

export function defaultPolicy(object: CoreObject): void {
  const spec = ensureObject(object, 'spec')
  defaultTo(spec, { failurePolicy: 'Fail' })
  for (const list of ['matchConditions', 'variables']) {
    for (const item of objectsAt(spec, list)) defaultTo(item, expression)
  }
  for (const validation of objectsAt(spec, 'validations')) defaultTo(validation, { expression: '' })
  for (const annotation of objectsAt(spec, 'auditAnnotations')) defaultTo(annotation, { key: '', valueExpression: '' })
  for (const mutation of objectsAt(spec, 'mutations')) defaultTo(mutation, { patchType: '' })
  const constraints = objectAt(spec, 'matchConstraints')
  if (constraints !== undefined) defaultMatchResources(constraints)
}

/** @param mutating a parameter that is not found means a refusal there unless said otherwise */
export function defaultBinding(object: CoreObject, mutating: boolean): void {
  const spec = ensureObject(object, 'spec')
  const resources = objectAt(spec, 'matchResources')
  if (resources !== undefined) defaultMatchResources(resources)
  const reference = objectAt(spec, 'paramRef')
  if (reference !== undefined && mutating) defaultTo(reference, { parameterNotFoundAction: 'Deny' })
}

function defaultMatchResources(resources: JsonObject): void {
  defaultTo(resources, { matchPolicy: 'Equivalent', namespaceSelector: {}, objectSelector: {} })
  for (const list of ['resourceRules', 'excludeResourceRules']) {
    for (const rule of objectsAt(resources, list)) defaultTo(rule, { scope: '*' })
  }
}

/** These kinds count generations although most of them have no status. */
export function countGeneration(object: CoreObject, previous: CoreObject | undefined, content: string): void {
  const before = previous?.metadata.generation ?? 0
  const changed = previous === undefined || !deepEqual(ownMember(object, content), ownMember(previous, content))
  object.metadata.generation = changed ? before + 1 : before
}
