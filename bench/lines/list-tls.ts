import { dataDirectory } from '@berth/engine'
import { startPlainServer } from '../baselines/plain-server.ts'
import { engineWithHaltedMachines } from '../engine/fixtures.ts'
import { against, type BenchLine } from '../line.ts'
import { expectCode, httpsClient } from '../load/https.ts'
import { machinesPath } from '../load/objects.ts'
import { median, spread } from '../statistics.ts'

export const listTls: BenchLine = {
  name: 'list-tls',
  what: '10,000 VMs: full JSON list over TLS',
  budget: { of: 'value', bound: 'at most', amount: 200 },
  async run(context) {
    const { access, dataDir, machines } = await engineWithHaltedMachines(context)
    const client = httpsClient(access, 1)
    const list = async (): Promise<Buffer> => expectCode(await client.send('GET', machinesPath), 200, 'the list').body
    const { length } = await list()
    const plain = await startPlainServer(context, { pki: dataDirectory(dataDir).pki, access, bodyBytes: length })
    const plainClient = httpsClient(plain.access, 1)
    const values: number[] = []
    const bare: number[] = []
    for (let round = 0; round < (context.quick ? 5 : 15); round += 1) {
      values.push(await timed(list))
      bare.push(await timed(() => plainClient.send('GET', '/')))
    }
    client.close()
    plainClient.close()
    const mebibytes = (length / 1024 / 1024).toFixed(1)
    return against(
      { what: 'the same bytes from a plain node:https server', value: median(bare) },
      {
        value: median(values),
        unit: 'ms',
        note: `${machines} VMs, ${mebibytes} MiB, kept connection; ${spread(values)}`,
      },
    )
  },
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}
