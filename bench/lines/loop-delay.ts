import { engineWithHaltedMachines } from '../engine/fixtures.ts'
import { against, type BenchLine } from '../line.ts'
import { openAudience } from '../load/audience.ts'
import { expectCode, httpsClient } from '../load/https.ts'
import { configMap, configMapsPath, machinesPath } from '../load/objects.ts'
import { rate } from '../load/rate.ts'
import { setTimeout as delay } from 'node:timers/promises'

const clients = 64
const watchers = 50

export const loopDelayUnderLoad: BenchLine = {
  name: 'loop-delay',
  what: 'event-loop delay p99 of the engine under load',
  budget: undefined,
  async run(context) {
    const { engine, access, machines } = await engineWithHaltedMachines(context)
    const client = httpsClient(access, clients)
    await engine.call('loopDelay', null)
    await delay(context.quick ? 500 : 3000)
    const idle = await engine.call('loopDelay', null)
    const audience = await openAudience(access, { watchers, path: `${configMapsPath}?watch=true&resourceVersion=0` })
    let lists = 0
    const load = new AbortController()
    const lister = (async (): Promise<void> => {
      while (!load.signal.aborted) {
        expectCode(await client.send('GET', machinesPath), 200, 'the list')
        lists += 1
        await delay(500)
      }
    })()
    const count = context.quick ? 1000 : 10_000
    await rate({ count, clients }, async (index) => {
      const body = JSON.stringify(configMap(`delay-${index}`))
      expectCode(await client.send('POST', configMapsPath, body), 201, 'create')
    })
    const busy = await engine.call('loopDelay', null)
    load.abort()
    await lister
    audience.stop()
    client.close()
    return against(
      { what: 'the same engine without load', value: Math.max(idle.p99Ms, 0.01) },
      {
        value: busy.p99Ms,
        unit: 'ms',
        note: `${count} creates by ${clients} clients over TLS, ${watchers} watchers of them, ${lists} lists of ${machines} VMs; p50 ${busy.p50Ms.toFixed(1)} ms, max ${busy.maxMs.toFixed(0)} ms`,
      },
    )
  },
}
