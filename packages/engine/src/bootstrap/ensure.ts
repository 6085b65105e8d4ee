/** Creates what is missing at the start, and leaves alone what is there: people may have changed it. */

import { StatusError, type KubeObject, type Resource } from '@berth/meta'
import { type Client } from '@berth/kube'

/** The object as it is now. */
export async function ensure<T extends KubeObject>(client: Client, resource: Resource<T>, wanted: T): Promise<T> {
  const { namespace, name = '' } = wanted.metadata
  try {
    return await client.get(resource, { name, ...(namespace === undefined ? {} : { namespace }) })
  } catch (error) {
    if (!(error instanceof StatusError && error.code === 'NotFound')) throw error
  }
  return client.create(resource, wanted)
}
