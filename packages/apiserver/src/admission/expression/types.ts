/** The types of the variables that expressions of webhooks and policies see (apiserver `admission/plugin/cel`). */

import { authorizerType, resourceCheckType } from '../../cel/library/authorizer.ts'
import {
  boolType,
  dynType,
  intType,
  listType,
  mapType,
  objectType,
  stringType,
  timestampType,
  type CelType,
} from '../../cel/types.ts'

const texts = (...names: string[]): Record<string, CelType> =>
  Object.fromEntries(names.map((name) => [name, stringType]))

const kindType = objectType('kubernetes.GroupVersionKind', texts('group', 'version', 'kind'))
const resourceType = objectType('kubernetes.GroupVersionResource', texts('group', 'version', 'resource'))

const userType = objectType('kubernetes.UserInfo', {
  ...texts('username', 'uid'),
  groups: listType(stringType),
  extra: mapType(stringType, listType(stringType)),
})

export const requestType = objectType('kubernetes.AdmissionRequest', {
  ...texts('subResource', 'requestSubResource', 'name', 'namespace', 'operation'),
  kind: kindType,
  resource: resourceType,
  requestKind: kindType,
  requestResource: resourceType,
  userInfo: userType,
  dryRun: boolType,
  options: dynType,
})

const namespaceConditionType = objectType('kubernetes.NamespaceCondition', {
  ...texts('status', 'type', 'message', 'reason'),
  lastTransitionTime: timestampType,
})

export const namespaceType = objectType('kubernetes.Namespace', {
  metadata: objectType('kubernetes.NamespaceMetadata', {
    ...texts('name', 'generateName', 'namespace', 'UID', 'resourceVersion'),
    labels: mapType(stringType, stringType),
    annotations: mapType(stringType, stringType),
    creationTimestamp: timestampType,
    deletionTimestamp: timestampType,
    deletionGracePeriodSeconds: intType,
    generation: intType,
    finalizers: listType(stringType),
  }),
  spec: objectType('kubernetes.NamespaceSpec', { finalizers: listType(stringType) }),
  status: objectType('kubernetes.NamespaceStatus', {
    phase: stringType,
    conditions: listType(namespaceConditionType),
  }),
})

export interface VariableOptions {
  /** The policy has a paramKind. */
  params: boolean
  /** False where an answer may not depend on who asks: messages. */
  authorizer: boolean
  /** Types of what is written and of the parameter, where they are known (type checking). */
  object?: CelType
  paramsType?: CelType
}

export function variableTypes(options: VariableOptions): Record<string, CelType> {
  const object = options.object ?? dynType
  return {
    object,
    oldObject: object,
    request: requestType,
    namespaceObject: namespaceType,
    ...(options.params ? { params: options.paramsType ?? dynType } : {}),
    ...(options.authorizer ? { authorizer: authorizerType, 'authorizer.requestResource': resourceCheckType } : {}),
  }
}
