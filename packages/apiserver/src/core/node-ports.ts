/** Ports that services of type NodePort and LoadBalancer have on every node; which are taken is read off the stored services. */

import { StatusError, type JsonObject } from '@berth/meta'
import { decodeStored } from '../rest/stored-form.ts'
import type { Store } from '../storage/store.ts'
import { numberAt, objectAt, objectsAt } from './fields.ts'

/** kube-apiserver's range unless told otherwise. */
const first = 30_000
const last = 32_767

/** Ports promised to services that are still being written; more than there can be creates at once. */
const maxPromised = 256

export interface NodePorts {
  /** @throws StatusError InternalError when none is left */
  allocate(): number
  /** Why a port asked for by number cannot be had; undefined when it can, and it is then reserved. */
  reserve(port: number): string | undefined
}

export function nodePorts({ store, random }: { store: Pick<Store, 'list'>; random: () => number }): NodePorts {
  const promised = new Set<number>()

  function stored(): Set<number> {
    return new Set(
      store.list('core/services').items.flatMap((item) => nodePortsOf(objectAt(decodeStored(item.value), 'spec'))),
    )
  }

  function promise(port: number): void {
    const oldest = promised.values().next()
    if (promised.size >= maxPromised && oldest.done !== true) promised.delete(oldest.value)
    promised.add(port)
  }

  return {
    allocate() {
      const taken = stored()
      const size = last - first + 1
      const start = Math.floor(random() * size)
      for (let step = 0; step < size; step += 1) {
        const port = first + ((start + step) % size)
        if (taken.has(port) || promised.has(port)) continue
        promise(port)
        return port
      }
      throw new StatusError('InternalError', `failed to allocate a nodePort: range ${first}-${last} is full`)
    },
    reserve(port) {
      if (port < first || port > last) {
        return `provided port is not in the valid range. The range of valid ports is ${first}-${last}`
      }
      if (stored().has(port)) return 'provided port is already allocated'
      promise(port)
      return undefined
    },
  }
}

/** Every port of the node a service has; the one health checks go to as well. */
export function nodePortsOf(spec: JsonObject | undefined): number[] {
  const ports = [
    ...objectsAt(spec, 'ports').map((port) => numberAt(port, 'nodePort')),
    numberAt(spec, 'healthCheckNodePort'),
  ]
  return ports.filter((port) => port !== 0)
}
