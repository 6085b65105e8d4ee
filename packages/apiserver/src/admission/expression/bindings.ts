/** The values of the variables that expressions see. */

import type { JsonObject } from '@berth/meta'
import { serviceAccountGroups, serviceAccountUser } from '../../auth/names.ts'
import type { Attributes, Authorizer, UserInfo } from '../../auth/user.ts'
import type { CelValue } from '../../cel/values.ts'
import { CelAuthorizer, CelResourceCheck } from '../../cel/library/authorizer.ts'
import type { ApiObject } from '../../rest/api-object.ts'
import type { Store } from '../../storage/store.ts'
import { isNamespace, kindOf, objectInVersion, requestNamespace, type Invocation } from '../match/request.ts'
import { storedNamespace } from '../match/selectors.ts'
import type { AdmissionAttributes } from '../plugin.ts'
import { celOfJson } from './json-value.ts'
import type { Bindings } from './program.ts'

export interface BindingServices {
  store: Pick<Store, 'get'>
  authorizer: Authorizer
}

/** Everything but `params` and `variables`, which depend on the policy. */
export function requestBindings(
  { store, authorizer }: BindingServices,
  attributes: AdmissionAttributes,
  invocation: Invocation,
): Bindings {
  const { user, definition, subresource, name } = attributes
  const namespace = requestNamespace(attributes)
  const checks = celAuthorizer(authorizer, user)
  return {
    object: inCel(objectInVersion(attributes, attributes.object, invocation.version)),
    oldObject: inCel(objectInVersion(attributes, attributes.oldObject, invocation.version)),
    request: celOfJson(requestOf(attributes, invocation)),
    // A namespace is not in itself here.
    namespaceObject: namespace === '' || isNamespace(attributes) ? null : inCel(storedNamespace(store, namespace)),
    authorizer: checks,
    'authorizer.requestResource': new CelResourceCheck(checks, {
      group: definition.group,
      resource: definition.resource,
      subresource,
      namespace: attributes.namespace ?? '',
      name,
    }),
  }
}

export function inCel(object: ApiObject | undefined): CelValue {
  return object === undefined ? null : celOfJson(object)
}

function requestOf(attributes: AdmissionAttributes, invocation: Invocation): JsonObject {
  const { definition, version, subresource, user, name, operation, options } = attributes
  return {
    kind: { ...invocation.kind },
    resource: { group: invocation.group, version: invocation.version, resource: invocation.resource },
    subResource: subresource,
    requestKind: { ...kindOf(attributes, version) },
    requestResource: { group: definition.group, version, resource: definition.resource },
    requestSubResource: subresource,
    name,
    namespace: requestNamespace(attributes),
    operation,
    userInfo: {
      username: user.name,
      uid: user.uid ?? '',
      groups: [...user.groups],
      extra: Object.fromEntries(Object.entries(user.extra ?? {}).map(([key, values]) => [key, [...values]])),
    },
    dryRun: attributes.dryRun,
    options,
  }
}

/** Answers for the user of the request, or for a service account an expression names. */
function celAuthorizer(authorizer: Authorizer, user: UserInfo): CelAuthorizer {
  return new CelAuthorizer((question) => {
    const { serviceAccount, verb, path } = question
    const who =
      serviceAccount === undefined
        ? user
        : {
            name: serviceAccountUser(serviceAccount.namespace, serviceAccount.name),
            groups: serviceAccountGroups(serviceAccount.namespace),
          }
    const { group, resource, subresource, namespace, name } = question
    const asked: Attributes =
      path === undefined
        ? {
            kind: 'resource',
            user: who,
            verb,
            group,
            version: '*',
            resource,
            ...(subresource === '' ? {} : { subresource }),
            ...(namespace === '' ? {} : { namespace }),
            ...(name === '' ? {} : { name }),
          }
        : { kind: 'path', user: who, verb, path }
    return authorizer.authorize(asked)
  })
}
