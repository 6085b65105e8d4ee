/** Engines that several lines measure: made on first use, ended with the run. */

import type { BenchContext } from '../context.ts'
import { accessFrom, type ServerAccess } from '../load/https.ts'
import { warmDirectory } from './data-directory.ts'
import { startEngineProcess, type EngineProcess } from './engine-process.ts'

export interface RunningEngine {
  engine: EngineProcess
  access: ServerAccess
  dataDir: string
}

/** An engine of one's own on a warm data directory. */
export async function freshEngine(context: BenchContext, driver: 'qemu' | 'simulated'): Promise<RunningEngine> {
  const dataDir = await warmDirectory(context)
  const engine = await startEngineProcess(context, { dataDir, driver })
  return { engine, dataDir, access: await accessFrom(engine.kubeconfig) }
}

export interface PopulatedEngine extends RunningEngine {
  machines: number
}

/** With ten thousand machines that do not run (a thousand in a quick run). */
export async function engineWithHaltedMachines(context: BenchContext): Promise<PopulatedEngine> {
  return context.shared('halted-machines', async () => {
    const machines = context.quick ? 1000 : 10_000
    const running = await freshEngine(context, 'simulated')
    context.log(`creating ${machines} machines`)
    await running.engine.call('create', { kind: 'haltedMachines', prefix: 'halted', count: machines, clients: 64 })
    await running.engine.call('settle', { kind: 'halted', machines })
    return { value: { ...running, machines }, dispose: () => running.engine.close() }
  })
}
