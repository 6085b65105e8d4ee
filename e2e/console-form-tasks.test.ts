// What forms ask for, as tasks: over real HTTP, against a real API server whose machines are simulated.
import { once } from 'node:events'
import type { KubeObject } from '@berth/meta'
import type { ServerMessage, Task, TaskAnswers, TaskRequests } from '@berth/view'
import { eventually, guestMachine, useEngine } from '@berth/testkit'
import type { RawData, WebSocket } from 'ws'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { useConsole } from './console-access/use-console.ts'
import type { Answer, Visitor } from './console-access/visitor.ts'

const engine = useEngine({ driver: 'simulated' })
const host = useConsole(engine)
const machines = 'apis/kubevirt.io/v1/namespaces/default/virtualmachines'
const maps = 'api/v1/namespaces/default/configmaps'

let admin: Visitor
let live: WebSocket
/** All that was ever told of the administrator's tasks, as text. */
let heard = ''
const told = new Map<string, Task>()
beforeAll(async () => {
  admin = await host().administrator()
  live = admin.live()
  live.on('message', (data: RawData) => {
    const text = Buffer.isBuffer(data) ? data.toString() : ''
    heard += text
    const message = JSON.parse(text) as ServerMessage // the protocol both sides share
    if (message.type !== 'update' || message.channel !== 'tasks') return
    if (message.update.kind === 'all') told.clear()
    for (const task of message.update.tasks) told.set(task.id, task)
  })
  await once(live, 'open')
  live.send(JSON.stringify({ type: 'open', id: 1, channel: 'tasks', request: {} }))
})
afterAll(() => live.terminate())

type Item = TaskRequests['items'][number]
const item = (name: string, ...calls: Item['calls']): Item => ({
  target: {
    cluster: 'local',
    group: 'kubevirt.io',
    version: 'v1',
    resource: 'virtualmachines',
    namespace: 'default',
    name,
  },
  calls,
})
const creation = (name: string): Item => item(name, { method: 'POST', path: machines, body: guestMachine(name) })
const send = (visitor: Visitor, requests: TaskRequests): Promise<Answer> =>
  visitor.ask('/api/tasks', { method: 'POST', body: { requests } })
const answersOf = (answer: Answer): TaskAnswers => {
  expect([answer.code, answer.message]).toEqual([200, ''])
  return answer.json() as TaskAnswers // the shape the page is built against
}
const ended = (id: string): Promise<Task> =>
  eventually(() => Promise.resolve(told.get(id)?.state === 'running' ? undefined : told.get(id)), {
    what: 'the task to end',
  })

it('many machines of which some fail: each with its cause, and only those again', async () => {
  answersOf(await send(admin, { action: 'create', items: [creation('taken')] }))
  const names = ['batch-1', 'taken', 'batch-2']
  const { task, answers } = answersOf(
    await send(admin, { action: 'create', goal: 'running', items: names.map(creation) }),
  )
  expect(answers).toMatchObject([
    { object: { kind: 'VirtualMachine', metadata: { name: 'batch-1' } } },
    { status: { code: 409, reason: 'AlreadyExists' } },
    { object: { metadata: { name: 'batch-2' } } },
  ])
  const end = await ended(task.id)
  expect(end).toMatchObject({ action: 'create', count: 3, done: 2, failed: 1, state: 'failed', repeatable: true })
  expect(end.items[0]).toMatchObject({ target: { name: 'taken' }, message: expect.stringContaining('already exists') })
  // It was done when they ran, and not when they were made.
  for (const name of ['batch-1', 'batch-2']) {
    const { status } = (await admin.cluster(`${machines}/${name}`)).json() as { status: object }
    expect(status).toMatchObject({ printableStatus: 'Running' })
  }
  await admin.cluster(`${machines}/taken`, { method: 'DELETE' })
  await eventually(async () => (await admin.cluster(`${machines}/taken`)).code === 404, { what: 'it to be gone' })
  const again = (await admin.ask(`/api/tasks/${task.id}/retry`, { method: 'POST' })).json() as Task
  expect(await ended(again.id)).toMatchObject({ count: 1, name: 'taken', done: 1, state: 'done' })
})

it('the field that is wrong is told to the form at once', async () => {
  const machine = guestMachine('wrong')
  const body = { ...machine, spec: { ...machine.spec, runStrategy: 'Sometimes' } }
  const { task, answers } = answersOf(
    await send(admin, { action: 'create', items: [item('wrong', { method: 'POST', path: machines, body })] }),
  )
  expect(answers).toMatchObject([{ status: { code: 422, details: { causes: [{ field: 'spec.runStrategy' }] } } }])
  expect(task).toMatchObject({ state: 'failed', failed: 1 })
})

it('an edit that lost against another is no task, and one that did not is', async () => {
  answersOf(await send(admin, { action: 'create', items: [creation('edited')] }))
  const old = (await admin.cluster(`${machines}/edited`)).json() as KubeObject
  const put = (object: KubeObject): TaskRequests => ({
    action: 'edit',
    items: [item('edited', { method: 'PUT', path: `${machines}/edited`, body: object })],
  })
  const labelled = (object: KubeObject, label: string): KubeObject => ({
    ...object,
    metadata: { ...object.metadata, labels: { label } },
  })
  // The engine writes the status meanwhile.
  const first = await eventually(
    async () => {
      const now = (await admin.cluster(`${machines}/edited`)).json() as KubeObject
      const answer = answersOf(await send(admin, put(labelled(now, 'one'))))
      return 'object' in (answer.answers[0] ?? {}) ? answer : undefined
    },
    { what: 'an edit to win' },
  )
  expect(first.answers).toMatchObject([{ object: { metadata: { labels: { label: 'one' } } } }])
  expect(await ended(first.task.id)).toMatchObject({ action: 'edit', state: 'done', name: 'edited' })
  const lost = answersOf(await send(admin, put(labelled(old, 'two'))))
  expect(lost.answers).toMatchObject([{ status: { code: 409, reason: 'Conflict' } }])
  expect((await admin.ask(`/api/tasks/${lost.task.id}/retry`, { method: 'POST' })).code).toBe(404)
})

it('what was done of several requests is not done again, and no body is ever told', async () => {
  const secret = 'kept-from-everybody'
  const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'first' }, data: { secret } }
  const calls: Item['calls'] = [
    { method: 'POST', path: maps, body: map },
    { method: 'PUT', path: `${maps}/second`, body: { ...map, metadata: { name: 'second', uid: 'nobody' } } },
  ]
  const { task } = answersOf(await send(admin, { action: 'attach', items: [item('first', ...calls)] }))
  expect(await ended(task.id)).toMatchObject({ failed: 1, repeatable: true })
  const again = (await admin.ask(`/api/tasks/${task.id}/retry`, { method: 'POST' })).json() as Task
  // The first one is there already: asked for again, it would be what fails.
  const { items } = await ended(again.id)
  expect(items[0]?.message).toContain('second')
  expect(heard).toContain(task.id)
  expect(heard).not.toContain(secret)
})

it('nobody does more than they may, or elsewhere than in the API', async () => {
  const viewer = await host().signedIn('vera', 'viewer')
  const { answers, task } = answersOf(await send(viewer, { action: 'create', items: [creation('mine')] }))
  expect(answers).toMatchObject([{ status: { code: 403, reason: 'Forbidden' } }])
  expect((await admin.ask(`/api/tasks/${task.id}/retry`, { method: 'POST' })).code).toBe(404)
  expect((await admin.cluster(`${machines}/mine`)).code).toBe(404)
  const paths = ['../../accounts', 'api/v1/nodes/a/proxy/x', 'metrics', 'api//v1']
  for (const path of paths) {
    const call = { method: 'POST' as const, path, body: {} }
    const answer = await send(admin, { action: 'create', items: [item('mine', call)] })
    expect([path, [400, 403].includes(answer.code)]).toEqual([path, true])
  }
  const elsewhere = { ...creation('mine'), target: { ...creation('mine').target, cluster: 'nowhere' } }
  const nowhere = answersOf(await send(admin, { action: 'create', items: [elsewhere] }))
  expect(nowhere.answers).toMatchObject([{ status: { message: 'You are not signed in to nowhere.' } }])
  const large = { ...creation('mine'), calls: [{ method: 'POST' as const, path: maps, body: 'x'.repeat(4_000_000) }] }
  expect((await send(admin, { action: 'create', items: [large] })).code).toBe(413)
})
