/** Objects as they lie in the store, for when no API server is up. */

import type { Store } from '@berth/apiserver'
import type { KubeObject, Resource } from '@berth/meta'

export function storedObjects<T extends KubeObject>(store: Store, { group, resource }: Resource<T>): T[] {
  return (
    store
      .list(`${group === '' ? 'core' : group}/${resource}`)
      // Written by an API server that checked it.
      .items.map(({ value }) => JSON.parse(value.toString('utf8')) as T)
  )
}
