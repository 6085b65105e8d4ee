import { sqliteWrites } from '../baselines/sqlite-writes.ts'
import { freshEngine } from '../engine/fixtures.ts'
import { against, type BenchLine } from '../line.ts'
import { configMap, machine, type ObjectKind } from '../load/objects.ts'

const clients = 64

function creates(kind: ObjectKind, bytes: number): BenchLine['run'] {
  return async (context) => {
    const { engine } = await freshEngine(context, 'simulated')
    const count = context.quick ? 2000 : 10_000
    await engine.call('create', { kind, prefix: 'warm-up', count: 1000, clients })
    const bare = sqliteWrites(await context.folder('sqlite'), { puts: count, bytes })
    const tookMs = await engine.call('create', { kind, prefix: 'local', count, clients })
    await engine.close()
    return against(
      { what: 'plain node:sqlite, one durable put after the other', value: bare },
      { value: count / (tookMs / 1000), unit: 'per second', note: `${count} objects` },
    )
  }
}

export const createsInProcess: BenchLine = {
  name: 'creates-in-process',
  what: 'durable creates a second, 64 clients, without sockets',
  budget: { of: 'value', bound: 'at least', amount: 3000 },
  run: creates('configMaps', JSON.stringify(configMap('x')).length),
}

export const createsMachines: BenchLine = {
  name: 'creates-vm',
  what: 'VMs accepted a second, 64 clients, without sockets, controllers at work',
  budget: undefined,
  run: creates('haltedMachines', JSON.stringify(machine('x', { runStrategy: 'Halted' })).length),
}
