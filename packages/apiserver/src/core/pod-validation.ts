/** What makes a pod invalid, on create and on update (core validation, the part clients run into). */

import {
  duplicateValue,
  forbiddenValue,
  invalidValue,
  isDns1123Label,
  isDns1123Subdomain,
  notFoundValue,
  requiredValue,
  unsupportedValue,
  type Json,
  type JsonObject,
  type StatusCause,
} from '@berth/meta'
import type { CoreObject } from './built-in.ts'
import { containerResourceCauses } from './container-resources.ts'
import { numberAt, objectAt, objectsAt, sameContent, textAt, without } from './fields.ts'

const restartPolicies = ['Always', 'OnFailure', 'Never']
const dnsPolicies = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None']
const pullPolicies = ['Always', 'IfNotPresent', 'Never']
const protocols = ['TCP', 'UDP', 'SCTP']

export function podCauses(pod: CoreObject, previous: CoreObject | undefined): StatusCause[] {
  const spec = objectAt(pod, 'spec') ?? {}
  if (previous !== undefined) return updateCauses(spec, objectAt(previous, 'spec') ?? {})
  const volumes = volumeCauses(objectsAt(spec, 'volumes'))
  const causes = [...volumes.causes]
  const containers = objectsAt(spec, 'containers')
  if (containers.length === 0) causes.push(requiredValue('spec.containers'))
  const seen = new Set<string>()
  for (const list of ['initContainers', 'containers']) {
    objectsAt(spec, list).forEach((container, index) => {
      causes.push(...containerCauses(container, { path: `spec.${list}[${index}]`, seen, volumes: volumes.names }))
    })
  }
  if (objectsAt(spec, 'ephemeralContainers').length > 0) {
    causes.push(forbiddenValue('spec.ephemeralContainers', 'cannot be set on create'))
  }
  causes.push(...choice(spec, 'restartPolicy', restartPolicies), ...choice(spec, 'dnsPolicy', dnsPolicies))
  const grace = spec['terminationGracePeriodSeconds']
  if (typeof grace === 'number' && grace < 0) {
    causes.push(invalidValue('spec.terminationGracePeriodSeconds', grace, 'must be greater than or equal to 0'))
  }
  for (const key of ['hostname', 'subdomain']) {
    const value = textAt(spec, key)
    if (value !== '')
      causes.push(...isDns1123Label(value).map((problem) => invalidValue(`spec.${key}`, value, problem)))
  }
  for (const key of ['serviceAccountName', 'nodeName']) {
    const value = textAt(spec, key)
    if (value !== '')
      causes.push(...isDns1123Subdomain(value).map((problem) => invalidValue(`spec.${key}`, value, problem)))
  }
  return causes
}

function choice(parent: JsonObject, key: string, supported: string[], path = 'spec'): StatusCause[] {
  const value = textAt(parent, key)
  if (value === '') return [requiredValue(`${path}.${key}`)]
  return supported.includes(value) ? [] : [unsupportedValue(`${path}.${key}`, value, supported)]
}

function volumeCauses(volumes: JsonObject[]): { causes: StatusCause[]; names: Set<string> } {
  const causes: StatusCause[] = []
  const names = new Set<string>()
  volumes.forEach((volume, index) => {
    const path = `spec.volumes[${index}]`
    const name = textAt(volume, 'name')
    if (name === '') causes.push(requiredValue(`${path}.name`))
    else causes.push(...isDns1123Label(name).map((problem) => invalidValue(`${path}.name`, name, problem)))
    if (names.has(name)) causes.push(duplicateValue(`${path}.name`, name))
    names.add(name)
    const sources = Object.keys(volume).filter((key) => key !== 'name')
    for (const source of sources.slice(1)) {
      causes.push(forbiddenValue(`${path}.${source}`, 'may not specify more than 1 volume type'))
    }
  })
  return { causes, names }
}

function containerCauses(
  container: JsonObject,
  context: { path: string; seen: Set<string>; volumes: ReadonlySet<string> },
): StatusCause[] {
  const { path, seen, volumes } = context
  const causes: StatusCause[] = []
  const name = textAt(container, 'name')
  if (name === '') causes.push(requiredValue(`${path}.name`))
  else causes.push(...isDns1123Label(name).map((problem) => invalidValue(`${path}.name`, name, problem)))
  if (name !== '' && seen.has(name)) causes.push(duplicateValue(`${path}.name`, name))
  seen.add(name)
  const image = textAt(container, 'image')
  if (image === '') causes.push(requiredValue(`${path}.image`))
  else if (image !== image.trim()) {
    causes.push(invalidValue(`${path}.image`, image, 'must not have leading or trailing whitespace'))
  }
  causes.push(...choice(container, 'imagePullPolicy', pullPolicies, path))
  causes.push(...containerResourceCauses(objectAt(container, 'resources'), `${path}.resources`))
  objectsAt(container, 'ports').forEach((port, index) => causes.push(...portCauses(port, `${path}.ports[${index}]`)))
  objectsAt(container, 'env').forEach((variable, index) => {
    if (textAt(variable, 'name') === '') causes.push(requiredValue(`${path}.env[${index}].name`))
  })
  const mounted = new Set<string>()
  objectsAt(container, 'volumeMounts').forEach((mount, index) => {
    const at = `${path}.volumeMounts[${index}]`
    const volume = textAt(mount, 'name')
    const place = textAt(mount, 'mountPath')
    if (volume === '') causes.push(requiredValue(`${at}.name`))
    else if (!volumes.has(volume)) causes.push(notFoundValue(`${at}.name`, volume))
    if (place === '') causes.push(requiredValue(`${at}.mountPath`))
    else if (mounted.has(place)) causes.push(invalidValue(`${at}.mountPath`, place, 'must be unique'))
    mounted.add(place)
  })
  return causes
}

function portCauses(port: JsonObject, path: string): StatusCause[] {
  const causes = choice(port, 'protocol', protocols, path)
  const number = numberAt(port, 'containerPort')
  if (number === 0) causes.push(requiredValue(`${path}.containerPort`))
  else if (number < 1 || number > 65_535) {
    causes.push(invalidValue(`${path}.containerPort`, number, 'must be between 1 and 65535, inclusive'))
  }
  return causes
}

/** Fields of the spec that may change while the rest may not. */
const updateWords =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,' +
  '`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),' +
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)'

function updateCauses(spec: JsonObject, before: JsonObject): StatusCause[] {
  const causes: StatusCause[] = []
  for (const list of ['containers', 'initContainers']) {
    objectsAt(spec, list).forEach((container, index) => {
      if (textAt(container, 'image') === '') causes.push(requiredValue(`spec.${list}[${index}].image`))
    })
  }
  const tolerations = objectsAt(spec, 'tolerations')
  const dropped = objectsAt(before, 'tolerations').filter((old) => !tolerations.some((each) => sameContent(each, old)))
  if (dropped.length > 0) {
    causes.push(
      forbiddenValue('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds'),
    )
  }
  const left = changeable(spec)
  const right = changeable(before)
  // Scheduling gates may only be taken away, and a pod without a node may be given one by whoever schedules.
  if (textAt(before, 'nodeName') === '') {
    left['nodeName'] = ''
    right['nodeName'] = ''
  }
  const fields = new Set([...Object.keys(left), ...Object.keys(right)])
  const changed = [...fields].filter((field) => !sameContent(left[field], right[field]))
  if (changed.length > 0) {
    causes.push(
      forbiddenValue('spec', `${updateWords}\nchanged: ${changed.map((field) => `spec.${field}`).join(', ')}`),
    )
  }
  return causes
}

/** The spec without what may change. */
function changeable(spec: JsonObject): JsonObject {
  const rest = without(spec, 'activeDeadlineSeconds', 'tolerations', 'schedulingGates', 'ephemeralContainers')
  if (numberAt(rest, 'terminationGracePeriodSeconds') <= 1) delete rest['terminationGracePeriodSeconds']
  for (const list of ['containers', 'initContainers']) {
    const containers: Json[] = objectsAt(spec, list).map((container) => without(container, 'image', 'imagePullPolicy'))
    rest[list] = containers
  }
  return rest
}
