/** Creates objects through the API handler without a socket, many at once. */

import type { Engine } from '@berth/engine'
import { createClient, createLocalTransport } from '@berth/kube'
import { objectsOf, type ObjectKind, type ObjectSource } from '../load/objects.ts'

export interface CreateParameters {
  kind: ObjectKind
  prefix: string
  count: number
  clients: number
}

/** @returns milliseconds until the last one was acknowledged */
export async function createInProcess(
  { api }: Engine,
  { kind, prefix, count, clients }: CreateParameters,
): Promise<number> {
  const { resource, make }: ObjectSource = objectsOf[kind]
  const client = createClient(
    createLocalTransport({
      handle: api.handler,
      user: { name: 'bench', groups: ['system:masters', 'system:authenticated'] },
    }),
  )
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next
      next += 1
      await client.create(resource, make(`${prefix}-${index}`))
    }
  }
  const started = performance.now()
  await Promise.all(Array.from({ length: clients }, worker))
  const took = performance.now() - started
  await client.transport.close()
  return took
}
