import { describe, expect, it } from 'vitest'
import type { JsonObject } from '@berth/meta'
import { coreServer, type Answer, type CoreServer } from '../testing/core-server.ts'

const classes = '/apis/scheduling.k8s.io/v1/priorityclasses'
const pods = '/api/v1/namespaces/default/pods'

async function opened(): Promise<CoreServer> {
  const core = coreServer()
  await core.call('POST', '/api/v1/namespaces', { metadata: { name: 'default' } })
  return core
}

const priorityClass = (core: CoreServer, name: string, value: number, more: JsonObject = {}): Promise<Answer> =>
  core.call('POST', classes, { metadata: { name }, value, ...more })

const pod = (core: CoreServer, name: string, spec: JsonObject = {}): Promise<Answer> =>
  core.call('POST', pods, { metadata: { name }, spec: { containers: [{ name: 'c', image: 'i' }], ...spec } })

describe('pods', () => {
  it('have priority 0 where there are no classes', async () => {
    const core = await opened()
    expect((await pod(core, 'p')).body['spec']).toMatchObject({ priority: 0, preemptionPolicy: 'PreemptLowerPriority' })
    expect((await pod(core, 'q', { priority: 0 })).code).toBe(201)
  })

  it('get the number and the policy of their class, or of the default one', async () => {
    const core = await opened()
    await priorityClass(core, 'high', 100, { preemptionPolicy: 'Never' })
    await priorityClass(core, 'usual', 7, { globalDefault: true })
    expect((await pod(core, 'a', { priorityClassName: 'high' })).body['spec']).toMatchObject({
      priority: 100,
      preemptionPolicy: 'Never',
    })
    expect((await pod(core, 'b')).body['spec']).toMatchObject({ priority: 7, priorityClassName: 'usual' })
  })

  it.each<[string, JsonObject, string]>([
    ['an unknown class', { priorityClassName: 'nope' }, 'no PriorityClass with name nope was found'],
    [
      'a number of their own',
      { priority: 5 },
      'the integer value of priority (5) must not be provided in pod spec; priority admission controller computed 0 from the given PriorityClass name',
    ],
    [
      'a policy of their own',
      { preemptionPolicy: 'Never' },
      'the string value of PreemptionPolicy (Never) must not be provided in pod spec; priority admission controller computed PreemptLowerPriority from the given PriorityClass name',
    ],
  ])('may not have %s', async (_what, spec, words) => {
    const core = await opened()
    const { code, body } = await pod(core, 'p', spec)
    expect(code).toBe(403)
    expect(body['message']).toBe(`pods "p" is forbidden: ${words}`)
  })

  it('keep their priority when an update leaves it out', async () => {
    const core = await opened()
    const { body } = await pod(core, 'p')
    const spec = { ...(body['spec'] as JsonObject) }
    delete spec['priority']
    const put = await core.call('PUT', `${pods}/p`, { ...body, spec })
    expect(put.code).toBe(200)
    expect(put.body['spec']).toMatchObject({ priority: 0 })
  })
})

describe('classes', () => {
  it('have one default among them, also when several are made at once', async () => {
    const core = await opened()
    const answers = await Promise.all(
      ['a', 'b', 'c', 'd'].map((name) => priorityClass(core, name, 1, { globalDefault: true })),
    )
    expect(answers.filter(({ code }) => code === 201)).toHaveLength(1)
    expect(answers.filter(({ code }) => code === 403)).toHaveLength(3)
    const [refused] = answers.filter(({ code }) => code === 403)
    expect(refused?.body['message']).toMatch(
      /PriorityClass \w is already marked as default. Only one default can exist$/,
    )
  })

  it('may mark the default one as default again', async () => {
    const core = await opened()
    await priorityClass(core, 'a', 1, { globalDefault: true })
    const body = { metadata: { name: 'a' }, value: 1, globalDefault: true, description: 'usual' }
    expect((await core.call('PUT', `${classes}/a`, body)).code).toBe(200)
  })

  it('keep their value and policy', async () => {
    const core = await opened()
    await priorityClass(core, 'a', 1)
    const { body } = await core.call('PUT', `${classes}/a`, {
      metadata: { name: 'a' },
      value: 2,
      preemptionPolicy: 'Never',
    })
    expect(body['message']).toContain('value: Forbidden: may not be changed in an update.')
    expect(body['message']).toContain('preemptionPolicy: Invalid value: "Never": field is immutable')
  })

  it.each([
    ['system-mine', 5, 'error: system-mine is not a known system priority class'],
    ['system-node-critical', 5, 'error: value of system-node-critical PriorityClass must be 2000001000'],
    ['big', 2_000_000_001, 'value: Forbidden: maximum allowed value of a user defined priority is 1000000000'],
  ])('may not be %s of %i', async (name, value, words) => {
    const { code, body } = await priorityClass(await opened(), name, value)
    expect(code).toBe(422)
    expect(body['message']).toContain(words)
  })

  it('are there for the system from the start', async () => {
    const core = await opened()
    const lifecycle = core.lifecycle()
    await lifecycle.ready
    expect((await core.call('GET', `${classes}/system-node-critical`)).body['value']).toBe(2_000_001_000)
    expect((await core.call('GET', `${classes}/system-cluster-critical`)).body['value']).toBe(2_000_000_000)
    expect((await core.call('DELETE', `${classes}/system-node-critical`)).code).toBe(403)
    await lifecycle.stop()
  })
})
