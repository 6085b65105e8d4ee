import { dataDirectory } from '@berth/engine'
import { startPlainServer } from '../baselines/plain-server.ts'
import { freshEngine } from '../engine/fixtures.ts'
import { against, type BenchLine } from '../line.ts'
import { expectCode, httpsClient } from '../load/https.ts'
import { machinesPath } from '../load/objects.ts'
import { median, spread } from '../statistics.ts'

export const listFiftyThousand: BenchLine = {
  name: 'list-50k',
  what: '50,000 VMs: full JSON list over TLS',
  budget: { of: 'value', bound: 'at most', amount: 1000 },
  async run(context) {
    const machines = context.quick ? 2000 : 50_000
    const { engine, access, dataDir } = await freshEngine(context, 'simulated')
    context.log(`creating ${machines} machines`)
    await engine.call('create', { kind: 'haltedMachines', prefix: 'many', count: machines, clients: 64 })
    await engine.call('settle', { kind: 'halted', machines })
    const client = httpsClient(access, 1)
    const list = async (): Promise<number> =>
      expectCode(await client.send('GET', machinesPath), 200, 'the list').body.length
    const length = await list()
    const plain = await startPlainServer(context, { pki: dataDirectory(dataDir).pki, access, bodyBytes: length })
    const plainClient = httpsClient(plain.access, 1)
    const [values, bare]: [number[], number[]] = [[], []]
    for (let round = 0; round < 5; round += 1) {
      values.push(await timed(list))
      bare.push(await timed(() => plainClient.send('GET', '/')))
    }
    const { settledBytes } = await engine.call('memory', null)
    client.close()
    plainClient.close()
    await engine.close()
    const mebibytes = (bytes: number): string => (bytes / 1024 / 1024).toFixed(0)
    return against(
      { what: 'the same bytes from a plain node:https server', value: median(bare) },
      {
        value: median(values),
        unit: 'ms',
        note: `${machines} VMs, ${mebibytes(length)} MiB; ${spread(values)}; ${mebibytes(settledBytes)} MiB resident`,
      },
    )
  },
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}
