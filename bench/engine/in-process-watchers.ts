/** Many watches inside the engine's process: what the server itself needs, without sockets. */

import type { Engine } from '@berth/engine'
import { configMaps, createClient, createLocalTransport } from '@berth/kube'
import { configMap } from '../load/objects.ts'

export interface FanOutParameters {
  watchers: number
  rounds: number
}

/** @returns for every watcher and round, milliseconds from sending the change to having it */
export async function fanOutInProcess({ api }: Engine, { watchers, rounds }: FanOutParameters): Promise<number[]> {
  const client = createClient(
    createLocalTransport({
      handle: api.handler,
      user: { name: 'bench', groups: ['system:masters', 'system:authenticated'] },
    }),
  )
  const end = new AbortController()
  const watched = { namespace: 'default', fieldSelector: 'metadata.name=watched-in-process' }
  let object = await client.create(configMaps, configMap('watched-in-process'))
  const delays: number[] = []
  let sentAt = 0
  let missing = 0
  let allThere: () => void = () => {}
  const follow = async (): Promise<void> => {
    const { resourceVersion = '' } = object.metadata
    for await (const event of client.watch(configMaps, { ...watched, resourceVersion, signal: end.signal })) {
      if (event.type !== 'MODIFIED') continue
      delays.push(performance.now() - sentAt)
      missing -= 1
      if (missing === 0) allThere()
    }
  }
  const following = Array.from({ length: watchers }, follow)
  // The first change goes to watches that are still being opened, and is not counted.
  for (let round = 0; round <= rounds; round += 1) {
    const everywhere = new Promise<void>((resolve) => {
      allThere = resolve
    })
    missing = watchers
    sentAt = performance.now()
    object = await client.update(configMaps, { ...object, data: { round: String(round) } })
    await everywhere
    if (round === 0) delays.length = 0
  }
  end.abort()
  await Promise.all(following)
  await client.transport.close()
  return delays
}
