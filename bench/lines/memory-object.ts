import { freshEngine } from '../engine/fixtures.ts'
import { against, type BenchLine } from '../line.ts'
import { objectsOf } from '../load/objects.ts'

const kibibyte = 1024

export const memoryPerObject: BenchLine = {
  name: 'memory-object',
  what: 'memory of the engine per object',
  budget: undefined,
  async run(context) {
    const objects = context.quick ? 2000 : 40_000
    const { engine } = await freshEngine(context, 'simulated')
    // The first ones fill what is there anyway: caches, compiled code, the history.
    await engine.call('create', { kind: 'configMaps', prefix: 'first', count: objects, clients: 64 })
    const before = await engine.call('memory', null)
    await engine.call('create', { kind: 'configMaps', prefix: 'more', count: objects, clients: 64 })
    const after = await engine.call('memory', null)
    await engine.close()
    const json = Buffer.byteLength(JSON.stringify(objectsOf.configMaps.make('more-00000')))
    return against(
      { what: 'its JSON, as it was sent', value: json / kibibyte },
      {
        value: (after.settledBytes - before.settledBytes) / objects / kibibyte,
        unit: 'KiB',
        note: `resident set with ${2 * objects} ConfigMaps less with ${objects}, after a collection, per object`,
      },
    )
  },
}
