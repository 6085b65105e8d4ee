/** What one person may see of a cluster's rows: their rights, kind by kind and namespace by namespace. */

import type { SourceState } from '@berth/view'
import type { Cluster, Identity } from '../clusters/cluster.ts'
import type { Visibility, Watches } from '../watches/contract.ts'
import { createEmitter } from '../watches/emitter.ts'
import type { Join } from './join.ts'
import { kindNames, kinds, type KindName } from './kinds.ts'

export interface Person {
  /** Whether every kind may be listed everywhere: all such people see the same rows. */
  readonly seesAll: boolean
  /** Whether the rights are known. */
  readonly known: boolean
  /** Kinds that may be listed in a namespace, as a mask. */
  mask(namespace: string): number
  /** How each kind does, for this person. */
  sources(): SourceState[]
  /** Rights or states have changed. */
  onChange(listener: (what: 'rights' | 'states') => void): () => void
  close(): void
}

export function createPerson(options: { cluster: Cluster; identity: Identity; watches: Watches; join: Join }): Person {
  const { cluster, identity, watches, join } = options
  const changes = createEmitter<['rights' | 'states']>()
  const masks = new Map<string, number>()
  const rights = new Map<KindName, Visibility>()
  for (const name of kindNames)
    rights.set(name, watches.visibility({ cluster, identity, resource: kinds[name].resource }))
  const each = (test: (right: Visibility) => boolean): boolean => [...rights.values()].every(test)

  for (const right of rights.values()) {
    right.onChange(() => {
      masks.clear()
      changes.emit('rights')
    })
  }
  const offStates = join.onState(() => changes.emit('states'))

  function stateOf(name: KindName, right: Visibility): SourceState {
    const place = { cluster: cluster.id, resource: kinds[name].resource.resource }
    const state = join.state(name)
    const known = right.known && right.knows(kinds[name].resource.namespaced ? cluster.namespace : undefined)
    if (!known) return { ...place, ...(state.state === 'stale' ? state : { state: 'loading' }) }
    // A kind that is not there cannot be allowed either, and that it is not there is the better answer.
    const seen = right.everywhere || state.state === 'absent' || [...masks.values()].some(hasBit(name))
    const own = kinds[name].resource.namespaced && right.allows(cluster.namespace)
    if (seen || own) return { ...place, ...state }
    return {
      ...place,
      state: 'forbidden',
      message: `You may not list ${kinds[name].resource.resource} in ${cluster.name}.`,
    }
  }

  return {
    get seesAll() {
      return each((right) => right.everywhere)
    },
    get known() {
      return each((right) => right.known)
    },
    mask(namespace) {
      const known = masks.get(namespace)
      if (known !== undefined) return known
      let mask = 0
      for (const [name, right] of rights) {
        const place = kinds[name].resource.namespaced ? namespace : undefined
        if (right.allows(place)) mask |= kinds[name].bit
      }
      masks.set(namespace, mask)
      return mask
    },
    sources: () => [...rights].map(([name, right]) => stateOf(name, right)),
    onChange: (listener) => changes.on(listener),
    close() {
      offStates()
      for (const right of rights.values()) right.release()
    },
  }
}

function hasBit(name: KindName): (mask: number) => boolean {
  return (mask) => (mask & kinds[name].bit) !== 0
}
