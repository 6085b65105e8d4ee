import { silentLogger } from '@berth/base'
import { virtualMachines, type VirtualMachine } from '@berth/api'
import { systemClock } from '@berth/kube'
import { startTestEngine, type TestEngine } from '@berth/testkit'
import { fastify, type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { clusterOf } from '../clusters/testing/cluster-of.ts'
import { createParts, type Parts } from '../parts.ts'
import { exportRoutes } from './export-routes.ts'

let engine: TestEngine
let parts: Parts
let app: FastifyInstance

beforeAll(async () => {
  engine = await startTestEngine({ driver: 'simulated' })
  const cluster = clusterOf(engine)
  const base = { clusters: [cluster], clock: systemClock, logger: silentLogger, dataDirectory: engine.scratch }
  parts = createParts(base)
  app = fastify()
  exportRoutes(app, {
    ...base,
    part: (part) => parts.part(part),
    person: () => ({
      id: 's',
      owner: 'local:admin',
      displayName: 'admin',
      identities: new Map([['here', { kind: 'context' }]]),
      admin: true,
      signal: new AbortController().signal,
    }),
    cluster: () => cluster,
  })
  for (const name of ['csv-10', 'csv-9', 'other']) await engine.client.create(virtualMachines, machine(name))
})
afterAll(async () => {
  await app.close()
  await parts.close()
  await engine.stop()
})

function machine(name: string): VirtualMachine {
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: { name, namespace: 'default', labels: { app: 'web' } },
    spec: {
      runStrategy: 'Halted',
      template: { spec: { domain: { memory: { guest: '64Mi' }, devices: { tpm: {} } }, networks: [] } },
    },
  }
}

it('writes the list that a query finds, in its order', async () => {
  const query = new URLSearchParams({
    query: 'csv-',
    sort: '-name',
    columns: 'name,memory,label:app,has,restart,node',
  })
  const { statusCode, headers, body } = await app.inject(`/api/export.csv?${query.toString()}`)
  expect([statusCode, headers['content-type']]).toEqual([200, 'text/csv; charset=utf-8'])
  expect(headers['content-disposition']).toBe('attachment; filename="workloads.csv"')
  expect(body).toBe(
    'name,memory,label:app,has,restart,node\r\ncsv-10,67108864,web,tpm,no,\r\ncsv-9,67108864,web,tpm,no,\r\n',
  )
})

it.each([
  ['columns=name,secrets', /there is no column "secrets"/],
  ['query=statos:x', /There is no field "statos"/],
  ['sort=has', /request\.sort\.column/],
  ['table=secrets', /request\.table/],
  ['columns=name&columns=node', /must each be given once/],
])('refuses %s', async (query, message) => {
  const answer = await app.inject(`/api/export.csv?${query}`)
  expect(answer.json<{ message: string }>().message).toMatch(message)
})
