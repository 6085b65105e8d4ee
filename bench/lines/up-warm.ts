import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { dataDirectory } from '@berth/engine'
import type { BenchContext } from '../context.ts'
import { warmDirectory } from '../engine/data-directory.ts'
import { against, type BenchLine } from '../line.ts'
import { berthProgram } from '../load/berth-program.ts'
import { freePort, timeUntilReady } from '../load/until-ready.ts'
import { median, spread } from '../statistics.ts'

const bareServer = fileURLToPath(new URL('../baselines/bare-https.ts', import.meta.url))

export const upWarm: BenchLine = {
  name: 'up-warm',
  what: '`berth up` to API ready, warm install',
  budget: { of: 'value', bound: 'at most', amount: 1000 },
  async run(context) {
    const dataDir = await warmDirectory(context)
    const rounds = context.quick ? 2 : 7
    const values: number[] = []
    const bare: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      values.push(await timeUp(context, dataDir))
      bare.push(await timeBareServer(context, dataDir))
    }
    return against(
      { what: 'a bare node:https server', value: median(bare) },
      { value: median(values), unit: 'ms', note: `from spawn to 200 from /readyz over TLS; ${spread(values)}` },
    )
  },
}

export async function timeUp(context: BenchContext, dataDir: string): Promise<number> {
  const port = await freePort()
  const program = await berthProgram()
  // The console starts when the API answers, beside what is measured.
  const listen = ['--listen', `127.0.0.1:${port}`, '--console-listen', '127.0.0.1:0']
  const args = [program, 'up', '--no-sample', '--data-dir', dataDir, ...listen]
  return timeUntilReady(context, { args, port, path: '/readyz' })
}

async function timeBareServer(context: BenchContext, dataDir: string): Promise<number> {
  const port = await freePort()
  const { pki } = dataDirectory(dataDir)
  const args = [bareServer, String(port), join(pki, 'server.key'), join(pki, 'server.crt')]
  return timeUntilReady(context, { args, port, path: '/' })
}
