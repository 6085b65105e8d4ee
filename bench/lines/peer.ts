/** The same load on the engine and on a real kube-apiserver, in the same run. */

import type { BenchContext } from '../context.ts'
import { freshEngine } from '../engine/fixtures.ts'
import { against, type BenchLine, type Measurement, type Unit } from '../line.ts'
import { openAudience } from '../load/audience.ts'
import { changeTimes } from '../load/change-times.ts'
import { expectCode, httpsClient, type HttpsClient, type ServerAccess } from '../load/https.ts'
import { configMap, configMapsPath } from '../load/objects.ts'
import { rate } from '../load/rate.ts'
import { peer } from '../peer/kube-apiserver.ts'
import { median, percentile } from '../statistics.ts'

const clients = 64

interface PeerLoad {
  name: string
  what: string
  unit: Unit
  note: (context: BenchContext) => string
  /** Does the load and measures it. Each side has its own population. */
  measure: (context: BenchContext, access: ServerAccess) => Promise<number>
}

function peerLine({ name, what, unit, note, measure }: PeerLoad): BenchLine {
  return {
    name,
    what,
    budget: { of: 'ratio', bound: unit === 'ms' ? 'at most' : 'at least', amount: 1 },
    async run(context): Promise<Measurement> {
      const { engine, access } = await freshEngine(context, 'simulated')
      const value = await measure(context, access)
      await engine.close()
      const other = await peer(context)
      const measured = { value, unit, note: note(context) }
      if (other === undefined) {
        const missing = 'no kube-apiserver and etcd here: put them on PATH or name them (bench/README.md)'
        return { ...measured, note: `${measured.note}; ${missing}`, alone: true }
      }
      return against({ what: 'a real kube-apiserver over etcd', value: await measure(context, other) }, measured)
    },
  }
}

const some = (context: BenchContext, count: number): number => (context.quick ? Math.ceil(count / 10) : count)

async function withClient<T>(access: ServerAccess, work: (client: HttpsClient) => Promise<T>): Promise<T> {
  const client = httpsClient(access, clients)
  try {
    return await work(client)
  } finally {
    client.close()
  }
}

const create = async (client: HttpsClient, name: string, text?: string): Promise<void> => {
  const object = configMap(name)
  const body = JSON.stringify(text === undefined ? object : { ...object, data: { text } })
  expectCode(await client.send('POST', configMapsPath, body), 201, 'create')
}

export const peerCreates = peerLine({
  name: 'peer-creates',
  what: 'durable creates a second, 64 clients, beside a real kube-apiserver',
  unit: 'per second',
  note: (context) => `${some(context, 10_000)} ConfigMaps over TLS, each on disk when it is answered`,
  measure: (context, access) =>
    withClient(access, async (client) => {
      await rate({ count: some(context, 2000), clients }, (index) => create(client, `warm-creates-${index}`))
      return rate({ count: some(context, 10_000), clients }, (index) => create(client, `creates-${index}`))
    }),
})

export const peerGets = peerLine({
  name: 'peer-gets',
  what: 'reads of one object a second, 64 clients, beside a real kube-apiserver',
  unit: 'per second',
  note: (context) => `${some(context, 20_000)} reads over TLS`,
  measure: (context, access) =>
    withClient(access, async (client) => {
      const count = 100
      await rate({ count, clients }, (index) => create(client, `gets-${index}`))
      const get = async (index: number): Promise<void> => {
        expectCode(await client.send('GET', `${configMapsPath}/gets-${index % count}`), 200, 'get')
      }
      await rate({ count: some(context, 2000), clients }, get)
      return rate({ count: some(context, 20_000), clients }, get)
    }),
})

const applyType = 'application/apply-patch+yaml'

export const peerApplies = peerLine({
  name: 'peer-applies',
  what: 'server-side applies a second, 64 clients, beside a real kube-apiserver',
  unit: 'per second',
  note: (context) => `${some(context, 5000)} applies that change 500 ConfigMaps of two managers, over TLS`,
  measure: (context, access) =>
    withClient(access, async (client) => {
      const objects = 500
      const apply = async (index: number): Promise<void> => {
        const name = `applies-${index % objects}`
        const { apiVersion, kind } = configMap(name)
        // Each manager has its field; the round makes each a change.
        const manager = index % 2 === 0 ? 'even' : 'odd'
        const body = { apiVersion, kind, metadata: { name }, data: { [manager]: String(index) } }
        const path = `${configMapsPath}/${name}?fieldManager=${manager}`
        const { code } = await client.send('PATCH', path, JSON.stringify(body), applyType)
        if (code !== 200 && code !== 201) throw new Error(`apply answered ${code}`)
      }
      await rate({ count: objects, clients }, apply)
      return rate({ count: some(context, 5000), clients }, apply)
    }),
})

export const peerList = peerLine({
  name: 'peer-list',
  what: 'full JSON list of 10,000 objects, beside a real kube-apiserver',
  unit: 'ms',
  note: (context) => `${some(context, 10_000)} ConfigMaps of 1.5 KiB over TLS, median`,
  measure: (context, access) =>
    withClient(access, async (client) => {
      const text = 'x'.repeat(1500)
      await rate({ count: some(context, 10_000), clients }, (index) => create(client, `list-${index}`, text))
      const times: number[] = []
      for (let round = 0; round < 9; round += 1) {
        const started = performance.now()
        expectCode(await client.send('GET', `${configMapsPath}?labelSelector=app%3Dbench`), 200, 'list')
        times.push(performance.now() - started)
      }
      return median(times)
    }),
})

export const peerFanOut = peerLine({
  name: 'peer-fan-out',
  what: 'one change to 1,000 watchers p99, beside a real kube-apiserver',
  unit: 'ms',
  note: (context) => `${some(context, 1000)} connections over TLS, 30 changes`,
  measure: (context, access) =>
    withClient(access, async (client) => {
      const name = 'fanned-out'
      await create(client, name)
      const path = `${configMapsPath}?watch=true&fieldSelector=metadata.name%3D${name}`
      const audience = await openAudience(access, { watchers: some(context, 1000), path })
      await audience.told()
      const times = await changeTimes(client, { audience, name, rounds: 30 })
      audience.stop()
      return percentile(times, 0.99)
    }),
})
