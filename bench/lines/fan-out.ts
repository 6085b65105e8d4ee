import { dataDirectory } from '@berth/engine'
import { startPlainServer } from '../baselines/plain-server.ts'
import { freshEngine } from '../engine/fixtures.ts'
import { against, type BenchLine } from '../line.ts'
import { expectCode, httpsClient, type ServerAccess } from '../load/https.ts'
import { configMap, configMapsPath } from '../load/objects.ts'
import { openWatch, watchAgent, type Watching } from '../load/watching.ts'
import { percentile, spread } from '../statistics.ts'

const name = 'watched'
/** Handshakes at a time: more of them only wait for each other. */
const openers = 16

export const fanOutTls: BenchLine = {
  name: 'fan-out-tls',
  what: 'one change to 1,000 watchers p99, over TLS',
  budget: { of: 'value', bound: 'at most', amount: 50 },
  async run(context) {
    const { engine, access, dataDir } = await freshEngine(context, 'simulated')
    const watchers = context.quick ? 200 : 1000
    const rounds = context.quick ? 10 : 50
    const client = httpsClient(access, 1)
    expectCode(await client.send('POST', configMapsPath, JSON.stringify(configMap(name))), 201, 'create')
    let eventBytes = 0
    context.log(`opening ${watchers} watches`)
    const audience = await openAudience(access, {
      watchers,
      path: `${configMapsPath}?watch=true&fieldSelector=metadata.name%3D${name}`,
      onLine: (line) => (eventBytes = line.length),
    })
    // Each watch begins with what there is.
    await audience.told()
    const values: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      const told = audience.told()
      const sentAt = performance.now()
      const body = JSON.stringify({ ...configMap(name), data: { text: 'x'.repeat(200), round: String(round) } })
      expectCode(await client.send('PUT', `${configMapsPath}/${name}`, body), 200, 'change')
      values.push(...(await told).map((at) => at - sentAt))
    }
    audience.stop()
    client.close()
    await engine.close()

    const plain = await startPlainServer(context, { pki: dataDirectory(dataDir).pki, access, bodyBytes: 0 })
    const plainAudience = await openAudience(plain.access, { watchers, path: '/watch' })
    const bare: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      const told = plainAudience.told()
      const sentAt = performance.now()
      plain.tellWatchers(eventBytes)
      bare.push(...(await told).map((at) => at - sentAt))
    }
    plainAudience.stop()
    return against(
      { what: 'the same bytes from a plain node:https server to as many', value: percentile(bare, 0.99) },
      {
        value: percentile(values, 0.99),
        unit: 'ms',
        note: `${watchers} connections, ${rounds} changes, from sending the change until one Node process has read it from each connection; ${spread(values)}`,
      },
    )
  },
}

interface Audience {
  /** Times of arrival of the next line, of every watcher. Call it before the change. */
  told(): Promise<number[]>
  stop(): void
}

async function openAudience(
  access: ServerAccess,
  options: { watchers: number; path: string; onLine?: (line: string) => void },
): Promise<Audience> {
  const { watchers, path, onLine: also } = options
  const agent = watchAgent(access)
  let arrivals: number[] = []
  let everybody = Promise.withResolvers<number[]>()
  const onLine = (line: string, at: number): void => {
    also?.(line)
    arrivals.push(at)
    if (arrivals.length < watchers) return
    everybody.resolve(arrivals)
    arrivals = []
    everybody = Promise.withResolvers()
  }
  const open: Watching[] = []
  let next = 0
  await Promise.all(
    Array.from({ length: openers }, async () => {
      while (next < watchers) {
        next += 1
        open.push(await openWatch(access, { agent, path, onLine }))
      }
    }),
  )
  return {
    told: () => everybody.promise,
    stop() {
      for (const watching of open) watching.stop()
      agent.destroy()
    },
  }
}
