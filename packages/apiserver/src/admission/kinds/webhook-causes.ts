/** What is wrong with a webhook configuration (admissionregistration `validateWebhook`). */

import {
  duplicateValue,
  invalidValue,
  isDns1035Label,
  nameProblems,
  requiredValue,
  unsupportedValue,
  type JsonObject,
  type StatusCause,
} from '@berth/meta'
import { numberAt, objectAt, objectsAt, textAt, textsAt } from '../../core/fields.ts'
import { choiceCauses, invalidList } from './choices.ts'
import { clientConfigCauses } from './client-config-causes.ts'
import { matchConditionCauses } from './expression-causes.ts'
import { ruleCauses } from './rule-causes.ts'
import { selectorCauses } from './selector-causes.ts'

const sideEffects = ['None', 'NoneOnDryRun']
const reviewVersions = ['v1', 'v1beta1']
const minSegments = 3

export function webhookConfigurationCauses(object: JsonObject): StatusCause[] {
  const names = new Set<string>()
  return objectsAt(object, 'webhooks').flatMap((webhook, index) => {
    const path = `webhooks[${index}]`
    const name = textAt(webhook, 'name')
    const repeated = names.has(name) && name !== '' ? [duplicateValue(`${path}.name`, name)] : []
    names.add(name)
    return [...repeated, ...webhookCauses(webhook, path)]
  })
}

function webhookCauses(webhook: JsonObject, path: string): StatusCause[] {
  return [
    ...nameCauses(textAt(webhook, 'name'), `${path}.name`),
    ...objectsAt(webhook, 'rules').flatMap((rule, index) => ruleCauses(rule, `${path}.rules[${index}]`)),
    ...choiceCauses(webhook, 'failurePolicy', path),
    ...choiceCauses(webhook, 'matchPolicy', path),
    ...sideEffectCauses(textAt(webhook, 'sideEffects'), `${path}.sideEffects`),
    ...timeoutCauses(numberAt(webhook, 'timeoutSeconds'), `${path}.timeoutSeconds`),
    ...selectorCauses(webhook, 'namespaceSelector', path),
    ...selectorCauses(webhook, 'objectSelector', path),
    ...clientConfigCauses(objectAt(webhook, 'clientConfig') ?? {}, `${path}.clientConfig`),
    ...matchConditionCauses(objectsAt(webhook, 'matchConditions'), `${path}.matchConditions`, false),
    ...versionCauses(textsAt(webhook, 'admissionReviewVersions'), `${path}.admissionReviewVersions`),
    ...choiceCauses(webhook, 'reinvocationPolicy', path),
  ]
}

function nameCauses(name: string, field: string): StatusCause[] {
  if (name === '') return [requiredValue(field)]
  const problems = nameProblems('dns1123Subdomain', name)
  if (problems.length > 0) return problems.map((problem) => invalidValue(field, name, problem))
  if (name.split('.').length >= minSegments) return []
  return [invalidValue(field, name, 'should be a domain with at least three segments separated by dots')]
}

function sideEffectCauses(value: string, field: string): StatusCause[] {
  if (value === '') return [requiredValue(field, `must specify one of ${sideEffects.join(', ')}`)]
  return sideEffects.includes(value) ? [] : [unsupportedValue(field, value, sideEffects)]
}

function timeoutCauses(seconds: number, field: string): StatusCause[] {
  if (seconds >= 1 && seconds <= 30) return []
  return [invalidValue(field, seconds, 'the timeout value must be between 1 and 30 seconds')]
}

function versionCauses(versions: readonly string[], path: string): StatusCause[] {
  const known = reviewVersions.join(', ')
  if (versions.length === 0) return [requiredValue(path, `must specify one of ${known}`)]
  const causes: StatusCause[] = []
  versions.forEach((version, index) => {
    const field = `${path}[${index}]`
    if (versions.indexOf(version) < index) causes.push(invalidValue(field, version, 'duplicate version'))
    for (const problem of isDns1035Label(version)) causes.push(invalidValue(field, version, problem))
  })
  if (causes.length === 0 && !versions.some((version) => reviewVersions.includes(version))) {
    causes.push(
      invalidList(path, { type: 'string', values: versions, detail: `must include at least one of ${known}` }),
    )
  }
  return causes
}
