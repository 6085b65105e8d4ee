/** The requests an action is made of, in order. Data: the server sends them, the page shows them. */

import { dataVolumes } from '@berth/api'
import type { Json } from '@berth/meta'
import type { ObjectReference } from '../protocol/reference.ts'
import type { ActionOptions, ActionSpec } from './action.ts'

export interface ApiCall {
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** From the server's root, escaped. */
  path: string
  body?: Json
  contentType?: string
  /** Of PATCH: the DataVolume that is let go. */
  releases?: string
}

export interface CallOptions extends ActionOptions {
  /** Nothing else of the same name is deleted. */
  uid?: string
  /** Names of DataVolumes made for the machine, to be kept. */
  ownDisks?: readonly string[]
}

const subresources = '/apis/subresources.kubevirt.io/v1'

/** Empty for what only opens a page. */
export function callsOf(action: ActionSpec, target: ObjectReference, options: CallOptions = {}): ApiCall[] {
  const { namespace, name } = target
  const place = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`
  const { subresource } = action
  if (action.does === 'opens') return []
  if (subresource !== undefined) {
    const body = {
      ...subresource.body,
      ...(action.id === 'stop' && options.gracePeriod !== undefined ? { gracePeriod: options.gracePeriod } : {}),
    }
    const path = `${subresources}${place}/${subresource.parent}/${encodeURIComponent(name)}/${subresource.name}`
    return [{ method: 'PUT', path, body }]
  }
  if (action.does === 'creates') return [creationOf(action, target, place)]
  const kept = options.keepDisks === true ? (options.ownDisks ?? []) : []
  return [
    ...kept.map((disk): ApiCall => releaseOf(place, disk)),
    {
      method: 'DELETE',
      path: `${pathOfKind(target)}${place}/${target.resource}/${encodeURIComponent(name)}`,
      ...(options.uid === undefined ? {} : { body: { preconditions: { uid: options.uid } } }),
    },
  ]
}

/** An object about the machine, under a name of the server's choice. */
function creationOf({ creates }: ActionSpec, { group, name, namespace }: ObjectReference, place: string): ApiCall {
  if (creates === undefined) throw new Error('an action that creates says what')
  const { group: ownGroup, version, resource, kind } = creates
  return {
    method: 'POST',
    path: `/apis/${ownGroup}/${version}${place}/${resource}`,
    body: {
      apiVersion: `${ownGroup}/${version}`,
      kind,
      metadata: { generateName: `${name.slice(0, longestPrefix)}-`, ...(namespace === undefined ? {} : { namespace }) },
      spec: { source: { apiGroup: group, kind: 'VirtualMachine', name } },
    },
  }
}

/** Of a generated name: the server adds a few letters, and names of what belongs to a snapshot are longer. */
const longestPrefix = 57

/** Without an owner the garbage collector leaves it. */
function releaseOf(place: string, disk: string): ApiCall {
  return {
    method: 'PATCH',
    path: `/apis/${dataVolumes.group}/${dataVolumes.version}${place}/${dataVolumes.resource}/${encodeURIComponent(disk)}`,
    contentType: 'application/merge-patch+json',
    body: { metadata: { ownerReferences: null } },
    releases: disk,
  }
}

function pathOfKind({ group, version }: ObjectReference): string {
  return group === '' ? `/api/${version}` : `/apis/${group}/${version}`
}
