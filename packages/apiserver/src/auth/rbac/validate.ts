/** What roles and bindings must look like beyond their schema (Kubernetes' `pkg/apis/rbac/validation`). */

import {
  deepEqual,
  invalidValue,
  isDns1123Subdomain,
  isPathSegmentName,
  requiredValue,
  unsupportedValue,
  type JsonObject,
  type StatusCause,
} from '@berth/meta'
import { selectorCauses } from '../../admission/kinds/selector-causes.ts'
import { defaultTo, ensureObject, objectAt, objectsAt, textAt, textsAt } from '../../core/fields.ts'
import { goStruct, invalidGoValue } from '../reviews/refuse.ts'
import { rbacGroup } from './binding.ts'

export function validateRole(role: JsonObject, namespaced: boolean): StatusCause[] {
  const causes = objectsAt(role, 'rules').flatMap((rule, index) => validateRule(rule, `rules[${index}]`, namespaced))
  const aggregation = objectAt(role, 'aggregationRule')
  if (aggregation === undefined) return causes
  const selectors = objectsAt(aggregation, 'clusterRoleSelectors')
  if (selectors.length === 0) {
    causes.push(
      requiredValue(
        'aggregationRule.clusterRoleSelectors',
        'at least one clusterRoleSelector required if aggregationRule is non-nil',
      ),
    )
  }
  selectors.forEach((selector, index) => {
    const key = `clusterRoleSelectors[${index}]`
    const faults = selectorCauses({ [key]: selector }, key, 'aggregationRule')
    if (faults.length === 0) return
    // kube-apiserver says it twice: what is wrong, and that it is no selector.
    causes.push(...faults, invalidValue(`aggregationRule.${key}`, 'null', 'invalid label selector.'))
  })
  return causes
}

function validateRule(rule: JsonObject, field: string, namespaced: boolean): StatusCause[] {
  const causes: StatusCause[] = []
  const [verbs, apiGroups, resources, urls] = ['verbs', 'apiGroups', 'resources', 'nonResourceURLs'].map(
    (key) => textsAt(rule, key).length,
  )
  if (verbs === 0) causes.push(requiredValue(`${field}.verbs`, 'verbs must contain at least one value'))
  if (urls !== 0) {
    const list = textsAt(rule, 'nonResourceURLs').map((url) => JSON.stringify(url))
    const shown = `[]string{${list.join(', ')}}`
    if (namespaced) {
      const why = 'namespaced rules cannot apply to non-resource URLs'
      causes.push(invalidGoValue(`${field}.nonResourceURLs`, shown, why))
    }
    if (apiGroups !== 0 || resources !== 0 || textsAt(rule, 'resourceNames').length > 0) {
      const why = 'rules cannot apply to both regular resources and non-resource URLs'
      causes.push(invalidGoValue(`${field}.nonResourceURLs`, shown, why))
    }
    return causes
  }
  if (apiGroups === 0)
    causes.push(requiredValue(`${field}.apiGroups`, 'resource rules must supply at least one api group'))
  if (resources === 0)
    causes.push(requiredValue(`${field}.resources`, 'resource rules must supply at least one resource'))
  return causes
}

/** A missing `apiGroup` means the group that the kind belongs to. */
export function defaultBinding(binding: JsonObject): void {
  const roleRef = ensureObject(binding, 'roleRef')
  // Missing and empty are the same to kube-apiserver, which then says what is needed.
  defaultTo(roleRef, { apiGroup: '', kind: '', name: '' })
  if (textAt(roleRef, 'apiGroup') === '') roleRef['apiGroup'] = rbacGroup
  for (const subject of objectsAt(binding, 'subjects')) {
    const kind = textAt(subject, 'kind')
    if ((kind === 'User' || kind === 'Group') && textAt(subject, 'apiGroup') === '') subject['apiGroup'] = rbacGroup
  }
}

export function validateBinding(
  binding: JsonObject,
  previous: JsonObject | undefined,
  namespaced: boolean,
): StatusCause[] {
  const causes: StatusCause[] = []
  const roleRef = objectAt(binding, 'roleRef')
  const kinds = namespaced ? ['Role', 'ClusterRole'] : ['ClusterRole']
  const apiGroup = textAt(roleRef, 'apiGroup')
  if (apiGroup !== rbacGroup) causes.push(unsupportedValue('roleRef.apiGroup', apiGroup, [rbacGroup]))
  const kind = textAt(roleRef, 'kind')
  if (!kinds.includes(kind)) causes.push(unsupportedValue('roleRef.kind', kind, kinds))
  const name = textAt(roleRef, 'name')
  if (name === '') causes.push(requiredValue('roleRef.name'))
  else causes.push(...isPathSegmentName(name).map((why) => invalidValue('roleRef.name', name, why)))
  if (previous !== undefined && !deepEqual(previous['roleRef'], binding['roleRef'])) {
    const shown = goStruct('rbac.RoleRef', { APIGroup: apiGroup, Kind: kind, Name: name })
    causes.push(invalidGoValue('roleRef', shown, 'cannot change roleRef'))
  }
  objectsAt(binding, 'subjects').forEach((subject, index) =>
    causes.push(...validateSubject(subject, `subjects[${index}]`, namespaced)),
  )
  return causes
}

function validateSubject(subject: JsonObject, field: string, namespaced: boolean): StatusCause[] {
  const causes: StatusCause[] = []
  const name = textAt(subject, 'name')
  const apiGroup = textAt(subject, 'apiGroup')
  const kind = textAt(subject, 'kind')
  if (name === '') causes.push(requiredValue(`${field}.name`))
  const isAccount = kind === 'ServiceAccount'
  if (!isAccount && kind !== 'User' && kind !== 'Group') {
    return [...causes, unsupportedValue(`${field}.kind`, kind, ['ServiceAccount', 'User', 'Group'])]
  }
  const expected = isAccount ? '' : rbacGroup
  if (apiGroup !== expected) causes.push(unsupportedValue(`${field}.apiGroup`, apiGroup, [expected]))
  const namespace = textAt(subject, 'namespace')
  // In a namespace the account is taken to be of that namespace.
  if (isAccount && namespace === '' && !namespaced) causes.push(requiredValue(`${field}.namespace`))
  if (isAccount && name !== '') {
    causes.push(...isDns1123Subdomain(name).map((why) => invalidValue(`${field}.name`, name, why)))
  }
  return causes
}
