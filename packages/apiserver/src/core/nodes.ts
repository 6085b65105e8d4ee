/** Nodes: places that run things. */

import type { SchemaSet } from '@berth/meta'
import type { ResourceDefinition } from '../resource/definition.ts'
import { ageColumn, builtIn, text, type CoreObject } from './built-in.ts'
import { objectAt, objectsAt, textAt } from './fields.ts'

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
