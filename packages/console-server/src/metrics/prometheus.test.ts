import { createServer, type Server } from 'node:http'
import { silentLogger } from '@berth/base'
import { createClient, createHttpTransport, systemClock, type Client } from '@berth/kube'
import type { Json } from '@berth/meta'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Cluster } from '../clusters/cluster.ts'
import { createMetrics } from './metrics.ts'
import { askPrometheus, questionOf, ringOf } from './prometheus.ts'

/** A stand-in that speaks the documented JSON of Prometheus' range queries; it computes nothing. */
let standIn: Server
let client: Client
let asked: URL[] = []
let answer: { code: number; body: string }
beforeAll(async () => {
  standIn = createServer((request, response) => {
    asked.push(new URL(request.url ?? '', 'http://prometheus'))
    response.writeHead(answer.code, { 'content-type': 'application/json' }).end(answer.body)
  })
  await new Promise<void>((resolve) => standIn.listen(0, '127.0.0.1', resolve))
  const address = standIn.address()
  if (address === null || typeof address === 'string') throw new Error('it has no port')
  const server = `http://127.0.0.1:${address.port}/behind`
  client = createClient(createHttpTransport({ server, credentials: { kind: 'none' } }))
})
afterAll(async () => {
  await client.transport.close()
  await new Promise((resolve) => standIn.close(resolve))
})

const machine = { namespace: 'default', name: 'web' }
const series = (field: string, ...values: [number, string][]): Json => ({ metric: { field }, values })
const matrix = (...result: Json[]): Json => ({ resultType: 'matrix', result })
const ask = () => askPrometheus(client, machine, { now: 1_700_000_007_000, signal: new AbortController().signal })

it('the question names the machine once for each number, and sums what it has several of', () => {
  const question = questionOf(machine)
  expect(question.split(' or ')).toHaveLength(10)
  expect(question).toContain(
    'label_replace(sum(max by (drive) (rate(kubevirt_vmi_storage_read_traffic_bytes_total{namespace="default",name="web"}[3m]))), "field", "diskRead", "", "")',
  )
})

it('series become samples in the order of time', () => {
  const data = matrix(
    series('cpu', [30, '0.5'], [15, '0.25']),
    series('guestTotalBytes', [15, '100'], [30, '100']),
    series('guestUsableBytes', [15, '60'], [30, 'NaN']),
    series('residentBytes', [30, '70']),
    series('diskRead', [30, '1e3']),
    series('constructor', [30, '1']),
    { metric: {}, values: [[30, '1']] },
    { metric: { field: 'cpu' } },
    null,
  )
  expect(ringOf(data)).toEqual({
    samples: [
      { time: 15_000, cpu: 0.25, memoryUsed: 40, memoryAvailable: 100 },
      { time: 30_000, cpu: 0.5, memoryUsed: 70, diskRead: 1000 },
    ],
    last: { time: 30_000, reading: { guestTotalBytes: 100, residentBytes: 70, diskRead: 1000 } },
  })
})

it('whatever is sent is read or passed over', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      // What fast-check calls JSON is.
      for (const data of [value, { result: value }, { result: [value] }] as Json[]) ringOf(data)
    }),
  )
  expect(ringOf(matrix())).toBeUndefined()
})

it('is asked for the last ten minutes, at moments that come again', async () => {
  asked = []
  answer = { code: 200, body: JSON.stringify({ status: 'success', data: matrix(series('cpu', [1_699_999_995, '1'])) }) }
  expect((await ask()).samples).toEqual([{ time: 1_699_999_995_000, cpu: 1 }])
  const [url] = asked
  expect(url?.pathname).toBe('/behind/api/v1/query_range')
  const { query: _, ...rest } = Object.fromEntries(url?.searchParams ?? [])
  expect(rest).toEqual({ start: '1699999395', end: '1699999995', step: '15' })
})

it.each([
  [200, JSON.stringify({ status: 'success', data: matrix() }), 'has no values of this machine'],
  [400, JSON.stringify({ status: 'error', errorType: 'bad_data', error: 'parse error' }), 'answered 400: parse error'],
  [502, '<html>', 'answered 502 with something that is not JSON'],
  [200, 'null', 'answered 200'],
])('an answer %i %s is told in words', async (code, body, message) => {
  answer = { code, body }
  await expect(ask()).rejects.toThrow(message)
})

it('has the past at once, for all who look', async () => {
  const now = Math.floor(Date.now() / 15_000) * 15
  asked = []
  answer = {
    code: 200,
    body: JSON.stringify({ status: 'success', data: matrix(series('cpu', [now - 15, '1'], [now, '2'])) }),
  }
  const cluster: Cluster = {
    id: 'far',
    name: 'far',
    kind: 'kubernetes',
    namespace: 'default',
    clientFor: () => client,
    service: undefined,
    prometheus: client,
    credentials: 'context',
    reachable: async () => ({ state: 'reachable' }),
    close: async () => {},
  }
  const metrics = createMetrics(systemClock, silentLogger)
  const one = metrics.samplerOf({ cluster, identity: { kind: 'token', token: 'a' }, ...machine })
  const other = metrics.samplerOf({ cluster, identity: { kind: 'token', token: 'b' }, ...machine })
  expect(other.sampler).toBe(one.sampler)
  const release = one.sampler.use({ onRound: () => {} })
  await expect.poll(() => one.sampler.ring(one.key)).toBeDefined()
  expect(one.sampler.ring(one.key)?.samples.map(({ cpu }) => cpu)).toEqual([1, 2])
  expect(asked).toHaveLength(1)
  release()
})
