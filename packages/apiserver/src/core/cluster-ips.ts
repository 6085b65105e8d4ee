/** ClusterIPs: given to services from one range; which are taken is read off the stored services, so nothing can leak. */

import { StatusError } from '@berth/meta'
import { decodeStored } from '../rest/stored-form.ts'
import type { Store } from '../storage/store.ts'
import { objectAt, textAt } from './fields.ts'
import { inRange, parseIpRange, pickAddress } from './ip-range.ts'

/** Addresses promised to services that are still being written; more than there can be creates at once. */
const maxPromised = 1024

export interface ClusterIps {
  /** @throws StatusError InternalError when the range is full */
  allocate(): string
  /** Why an address asked for by name cannot be had; undefined when it can, and it is then reserved. */
  reserve(address: string): string | undefined
}

export function clusterIps(options: { store: Pick<Store, 'list'>; range: string; random: () => number }): ClusterIps {
  const range = parseIpRange(options.range)
  const promised = new Set<string>()

  function taken(): Set<string> {
    const addresses = new Set(promised)
    for (const item of options.store.list('core/services').items) {
      addresses.add(textAt(objectAt(decodeStored(item.value), 'spec'), 'clusterIP'))
    }
    return addresses
  }

  function promise(address: string): void {
    const oldest = promised.values().next()
    if (promised.size >= maxPromised && oldest.done !== true) promised.delete(oldest.value)
    promised.add(address)
  }

  return {
    allocate() {
      const address = pickAddress(range, taken(), options.random())
      if (address === undefined) {
        throw new StatusError('InternalError', `failed to allocate a serviceIP: range ${options.range} is full`)
      }
      promise(address)
      return address
    },
    reserve(address) {
      if (!inRange(range, address)) {
        return `failed to allocate IP ${address}: the provided IP is not in the valid range. The range of valid IPs is ${options.range}`
      }
      if (isStored(address)) return `failed to allocate IP ${address}: provided IP is already allocated`
      promise(address)
      return undefined
    },
  }

  function isStored(address: string): boolean {
    return options.store
      .list('core/services')
      .items.some((item) => textAt(objectAt(decodeStored(item.value), 'spec'), 'clusterIP') === address)
  }
}
