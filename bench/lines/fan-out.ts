import { dataDirectory } from '@berth/engine'
import { startPlainServer } from '../baselines/plain-server.ts'
import { freshEngine } from '../engine/fixtures.ts'
import { against, type BenchLine } from '../line.ts'
import { expectCode, httpsClient } from '../load/https.ts'
import { configMap, configMapsPath } from '../load/objects.ts'
import { openAudience } from '../load/audience.ts'
import { changeTimes, warmUpRounds } from '../load/change-times.ts'
import { percentile, spread } from '../statistics.ts'

const name = 'watched'

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
    const values = await changeTimes(client, { audience, name, rounds })
    audience.stop()
    client.close()
    await engine.close()

    const plain = await startPlainServer(context, { pki: dataDirectory(dataDir).pki, access, bodyBytes: 0 })
    const plainAudience = await openAudience(plain.access, { watchers, path: '/watch' })
    const bare: number[] = []
    for (let round = -warmUpRounds; round < rounds; round += 1) {
      const told = plainAudience.told()
      const sentAt = performance.now()
      plain.tellWatchers(eventBytes)
      const arrivals = await told
      if (round >= 0) bare.push(...arrivals.map((at) => at - sentAt))
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
