/** Nodes: places that run things. */

import {
  duplicateValue,
  invalidValue,
  isLabelValue,
  isQualifiedName,
  unsupportedValue,
  type SchemaSet,
  type StatusCause,
} from '@berth/meta'
import type { ResourceDefinition } from '../resource/definition.ts'
import { ageColumn, builtIn, text, type CoreObject } from './built-in.ts'
import { defaultTo, objectAt, objectsAt, textAt } from './fields.ts'

/** `Ready,SchedulingDisabled` and its like. */
function statusText(object: CoreObject): string {
  const ready = objectsAt(objectAt(object, 'status'), 'conditions').find((each) => textAt(each, 'type') === 'Ready')
  const words = [ready === undefined ? 'Unknown' : textAt(ready, 'status') === 'True' ? 'Ready' : 'NotReady']
  if (objectAt(object, 'spec')?.['unschedulable'] === true) words.push('SchedulingDisabled')
  return words.join(',')
}

const rolePrefix = 'node-role.kubernetes.io/'

function rolesText(object: CoreObject): string {
  const labels = Object.entries(object.metadata.labels ?? {})
  const roles = labels.flatMap(([key, value]) => {
    if (key.startsWith(rolePrefix)) return [key.slice(rolePrefix.length)]
    return key === 'kubernetes.io/role' && value !== '' ? [value] : []
  })
  return (
    roles
      .filter((role) => role !== '')
      .sort()
      .join(',') || '<none>'
  )
}

function address(type: string): (object: CoreObject) => string {
  return (object) => {
    const found = objectsAt(objectAt(object, 'status'), 'addresses').find((each) => textAt(each, 'type') === type)
    return textAt(found, 'address') || '<none>'
  }
}

function nodeInfo(key: string, missing: string): (object: CoreObject) => string {
  return (object) => textAt(objectAt(objectAt(object, 'status'), 'nodeInfo'), key) || missing
}

/** What pods may use is all there is, unless the node keeps some for itself. */
function defaultStatus(node: CoreObject): void {
  const status = objectAt(node, 'status')
  const capacity = objectAt(status, 'capacity')
  if (status !== undefined && capacity !== undefined) defaultTo(status, { allocatable: { ...capacity } })
}

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

/** Kubernetes places taints under metadata when it speaks of what is wrong with them. */
function taintCauses(node: CoreObject): StatusCause[] {
  const causes: StatusCause[] = []
  const seen = new Set<string>()
  objectsAt(objectAt(node, 'spec'), 'taints').forEach((taint, index) => {
    const path = `metadata.taints[${index}]`
    const [key, value, effect] = [textAt(taint, 'key'), textAt(taint, 'value'), textAt(taint, 'effect')]
    causes.push(...isQualifiedName(key).map((problem) => invalidValue(`${path}.key`, key, problem)))
    causes.push(...isLabelValue(value).map((problem) => invalidValue(`${path}.value`, value, problem)))
    if (!effects.includes(effect)) causes.push(unsupportedValue(`${path}.effect`, effect, effects))
    if (seen.has(`${key}:${effect}`)) causes.push(duplicateValue(path, taint))
    seen.add(`${key}:${effect}`)
  })
  return causes
}

export function nodes(schemas: SchemaSet): ResourceDefinition {
  return builtIn(schemas, {
    apiPackage: 'core.v1',
    group: '',
    kind: 'Node',
    resource: 'nodes',
    shortNames: ['no'],
    namespaced: false,
    status: true,
    generation: false,
    statusOnCreate: true,
    rules: { default: defaultStatus, completeStatus: defaultStatus, validate: taintCauses },
    columns: [
      text('Status', statusText),
      text('Roles', rolesText),
      ageColumn,
      text('Version', nodeInfo('kubeletVersion', '')),
      text('Internal-IP', address('InternalIP'), 1),
      text('External-IP', address('ExternalIP'), 1),
      text('OS-Image', nodeInfo('osImage', '<unknown>'), 1),
      text('Kernel-Version', nodeInfo('kernelVersion', '<unknown>'), 1),
      text('Container-Runtime', nodeInfo('containerRuntimeVersion', '<unknown>'), 1),
    ],
    selectableFields: {
      'spec.unschedulable': (object) => String(objectAt(object, 'spec')?.['unschedulable'] === true),
    },
  })
}
