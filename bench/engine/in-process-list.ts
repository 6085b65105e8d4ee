/** Full lists through the API handler without a socket, and the same bytes made by plain concatenation. */

import type { Engine } from '@berth/engine'
import type { ApiAnswer } from '@berth/apiserver'
import { machinesPath } from '../load/objects.ts'

export interface ListReport {
  listMs: number[]
  /** Joining as many strings of the same size into one buffer. */
  joinMs: number[]
  bytes: number
  items: number
}

export async function listInProcess({ api }: Engine, { rounds }: { rounds: number }): Promise<ListReport> {
  const list = async (): Promise<Buffer> => {
    const answer = await api.handler({
      method: 'GET',
      path: machinesPath,
      query: new URLSearchParams(),
      headers: { accept: 'application/json' },
      body: async () => Buffer.alloc(0),
      user: { name: 'bench', groups: ['system:masters', 'system:authenticated'] },
      upgrade: false,
      signal: AbortSignal.timeout(60_000),
    })
    return bytesOf(answer)
  }
  const first = await list()
  const { items } = JSON.parse(first.toString()) as { items: unknown[] } // a list of our own server
  const texts = items.map((item) => JSON.stringify(item))
  const listMs: number[] = []
  const joinMs: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    listMs.push(await timed(list))
    joinMs.push(await timed(async () => Buffer.from(`{"items":[${texts.join(',')}]}`)))
  }
  return { listMs, joinMs, bytes: first.length, items: items.length }
}

async function bytesOf(answer: ApiAnswer): Promise<Buffer> {
  if (answer.kind === 'upgrade') throw new TypeError('a list is not a stream')
  if (answer.kind === 'full') return Buffer.from(answer.body)
  const chunks: Uint8Array[] = []
  for await (const chunk of answer.body) chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}
