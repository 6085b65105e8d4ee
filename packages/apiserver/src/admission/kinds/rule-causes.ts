/** What is wrong with a rule of a webhook or a policy (admissionregistration `validateRule`). */

import {
  duplicateValue,
  invalidValue,
  nameProblems,
  requiredValue,
  unsupportedValue,
  type JsonObject,
  type StatusCause,
} from '@berth/meta'
import { textsAt } from '../../core/fields.ts'
import { choiceCauses, invalidList } from './choices.ts'

const operations = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE']

export function ruleCauses(rule: JsonObject, path: string): StatusCause[] {
  return [
    ...operationCauses(textsAt(rule, 'operations'), `${path}.operations`),
    ...listCauses(textsAt(rule, 'apiGroups'), { path: `${path}.apiGroups`, noun: 'API groups', emptyItems: true }),
    ...listCauses(textsAt(rule, 'apiVersions'), {
      path: `${path}.apiVersions`,
      noun: 'API versions',
      emptyItems: false,
    }),
    ...resourceCauses(textsAt(rule, 'resources'), `${path}.resources`),
    ...choiceCauses(rule, 'scope', path),
  ]
}

/** A rule of a policy, which may name objects too. */
export function namedRuleCauses(rule: JsonObject, path: string): StatusCause[] {
  const causes = ruleCauses(rule, path)
  const names = textsAt(rule, 'resourceNames')
  names.forEach((name, index) => {
    const field = `${path}.resourceNames[${index}]`
    for (const problem of nameProblems('pathSegment', name)) causes.push(invalidValue(field, name, problem))
    if (names.indexOf(name) < index) causes.push(duplicateValue(field, name))
  })
  return causes
}

function operationCauses(list: readonly string[], path: string): StatusCause[] {
  if (list.length === 0) return [requiredValue(path)]
  const causes: StatusCause[] = []
  if (list.length > 1 && list.includes('*')) {
    const detail = "if '*' is present, must not specify other operations"
    causes.push(invalidList(path, { type: 'admissionregistration.OperationType', values: list, detail }))
  }
  list.forEach((value, index) => {
    if (!operations.includes(value)) causes.push(unsupportedValue(`${path}[${index}]`, value, operations))
  })
  return causes
}

function listCauses(
  list: readonly string[],
  { path, noun, emptyItems }: { path: string; noun: string; emptyItems: boolean },
): StatusCause[] {
  if (list.length === 0) return [requiredValue(path)]
  const causes: StatusCause[] = []
  if (list.length > 1 && list.includes('*')) {
    const detail = `if '*' is present, must not specify other ${noun}`
    causes.push(invalidList(path, { type: 'string', values: list, detail }))
  }
  list.forEach((value, index) => {
    if (value === '' && !emptyItems) causes.push(requiredValue(`${path}[${index}]`))
  })
  return causes
}

function resourceCauses(list: readonly string[], path: string): StatusCause[] {
  if (list.length === 0) return [requiredValue(path)]
  const causes: StatusCause[] = []
  const wholeSubresources = new Set<string>()
  const wholeResources = new Set<string>()
  list.forEach((value, index) => {
    const field = `${path}[${index}]`
    if (value === '') {
      causes.push(requiredValue(field))
      return
    }
    if (value === '*/*') return
    const slash = value.indexOf('/')
    if (slash < 0) return
    const [resource, subresource] = [value.slice(0, slash), value.slice(slash + 1)]
    if (wholeResources.has(resource)) {
      causes.push(invalidValue(field, value, `if '${resource}/*' is present, must not specify ${value}`))
    }
    if (wholeSubresources.has(subresource)) {
      causes.push(invalidValue(field, value, `if '*/${subresource}' is present, must not specify ${value}`))
    }
    if (subresource === '*') wholeResources.add(resource)
    if (resource === '*') wholeSubresources.add(subresource)
  })
  if (list.length > 1 && list.includes('*/*')) {
    const detail = "if '*/*' is present, must not specify other resources"
    causes.push(invalidList(path, { type: 'string', values: list, detail }))
  } else if (list.includes('*') && list.filter((value) => !value.includes('/')).length > 1) {
    const detail = "if '*' is present, must not specify other resources without subresources"
    causes.push(invalidList(path, { type: 'string', values: list, detail }))
  }
  return causes
}
