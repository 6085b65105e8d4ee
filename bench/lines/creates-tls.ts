import { dataDirectory } from '@berth/engine'
import { startPlainServer } from '../baselines/plain-server.ts'
import { freshEngine } from '../engine/fixtures.ts'
import { against, type BenchLine } from '../line.ts'
import { expectCode, httpsClient, type HttpsClient } from '../load/https.ts'
import { configMap, configMapsPath } from '../load/objects.ts'

const clients = 64

export const createsTls: BenchLine = {
  name: 'creates-tls',
  what: 'durable creates a second, 64 clients, over TLS',
  budget: { of: 'value', bound: 'at least', amount: 3000 },
  async run(context) {
    const { engine, access, dataDir } = await freshEngine(context, 'simulated')
    const { pki } = dataDirectory(dataDir)
    const plain = await startPlainServer(context, { pki, access, bodyBytes: 0 })
    const [client, plainClient] = [httpsClient(access, clients), httpsClient(plain.access, clients)]
    const count = context.quick ? 2000 : 10_000
    // Connections are made and code is compiled before the clock runs.
    await postMany(client, 'warm-up', 2000)
    await postMany(plainClient, 'warm-up', 2000)
    const bare = await postMany(plainClient, 'plain', count)
    const value = await postMany(client, 'tls', count)
    client.close()
    plainClient.close()
    await engine.close()
    return against(
      { what: 'the same requests to a plain node:https server that keeps nothing', value: bare },
      { value, unit: 'per second', note: `${count} ConfigMaps; the load generator shares the processors` },
    )
  },
}

/** @returns requests per second */
async function postMany(client: HttpsClient, prefix: string, count: number): Promise<number> {
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < count) {
      const body = JSON.stringify(configMap(`${prefix}-${next}`))
      next += 1
      expectCode(await client.send('POST', configMapsPath, body), 201, 'create')
    }
  }
  const started = performance.now()
  await Promise.all(Array.from({ length: clients }, worker))
  return count / ((performance.now() - started) / 1000)
}
