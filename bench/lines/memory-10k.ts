import { engineWithHaltedMachines, freshEngine } from '../engine/fixtures.ts'
import type { BenchLine } from '../line.ts'
import { expectCode, httpsClient } from '../load/https.ts'
import { machinesPath } from '../load/objects.ts'
import type { MemoryReport } from '../engine/host-commands.ts'

const mebibyte = 1024 * 1024
const budget = { of: 'value', bound: 'at most', amount: 700 } as const

export const memoryHalted: BenchLine = {
  name: 'memory-10k',
  what: '10,000 VMs that do not run: memory of the engine',
  budget,
  async run(context) {
    const { engine, access, machines } = await engineWithHaltedMachines(context)
    const client = httpsClient(access, 1)
    // Somebody has looked at all of them.
    for (let round = 0; round < 3; round += 1) expectCode(await client.send('GET', machinesPath), 200, 'the list')
    client.close()
    return measurement(await engine.call('memory', null), machines)
  },
}

export const memoryRunning: BenchLine = {
  name: 'memory-10k-running',
  what: '10,000 VMs that run (simulated): memory of the engine',
  budget,
  async run(context) {
    const machines = context.quick ? 500 : 10_000
    const { engine } = await freshEngine(context, 'simulated')
    context.log(`starting ${machines} simulated machines`)
    const started = performance.now()
    await engine.call('create', { kind: 'runningMachines', prefix: 'running', count: machines, clients: 64 })
    await engine.call('settle', { kind: 'running', machines })
    const seconds = (performance.now() - started) / 1000
    const report = await engine.call('memory', null)
    await engine.close()
    const result = measurement(report, machines)
    return { ...result, note: `${result.note}; all Running after ${seconds.toFixed(0)} s` }
  },
}

function measurement(report: MemoryReport, machines: number) {
  const peak = (report.peakBytes / mebibyte).toFixed(0)
  return {
    value: report.settledBytes / mebibyte,
    unit: 'MiB' as const,
    note: `resident set with ${machines} VMs, after a collection; ${peak} MiB at the most before`,
  }
}
