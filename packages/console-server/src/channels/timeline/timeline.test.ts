import { expect, test } from 'vitest'
import type { VirtualMachine } from '@berth/api'
import type { Json } from '@berth/meta'
import { changesBetween } from '@berth/view'
import { createHistory } from './history.ts'
import { shownChanges } from './masked.ts'

const clock = { now: () => new Date(0), after: () => () => {} }

function machine(version: number, more: Partial<VirtualMachine> = {}): VirtualMachine {
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: { name: 'web', namespace: 'a', uid: 'u', resourceVersion: String(version) },
    spec: { runStrategy: 'Always', template: { spec: { domain: { devices: {} } } } },
    ...more,
  }
}

/** As the server tells it, with who wrote which field. */
const whole = async (): Promise<VirtualMachine> =>
  machine(9, {
    metadata: {
      name: 'web',
      managedFields: [
        { manager: 'early', time: '2026-01-01T00:00:00Z' },
        { manager: 'kubectl-edit', time: '2026-01-02T00:00:00Z' },
        { manager: 'controller', time: '2026-01-03T00:00:00Z', subresource: 'status' },
      ],
    },
  })

test('secrets of a manifest are never shown, names of secrets are', () => {
  const before = { spec: { volumes: [{ name: 'init', cloudInitNoCloud: { userData: 'old-secret' } }] } }
  const after: Json = {
    metadata: {
      annotations: {
        'kubectl.kubernetes.io/last-applied-configuration': 'secret-1',
        'kubevirt.io/ignitiondata': 'secret-7',
      },
    },
    spec: {
      volumes: [
        { name: 'init', cloudInitNoCloud: { userData: 'secret-2' } },
        { name: 'new', cloudInitConfigDrive: { userDataBase64: 'secret-3' } },
        { name: 'win', sysprep: { secret: { name: 'secret-4' } } },
      ],
      accessCredentials: [{ userPassword: { source: 'secret-5' } }],
      x: [{ deep: { password: 'secret-6', pullSecretRef: 'shown' } }],
    },
  }
  const shown = JSON.stringify(shownChanges(changesBetween(before, after)))
  expect(shown).not.toMatch(/secret-\d|old-secret/)
  expect(shown).toContain('shown')
})

test('remembers states and changes once each, by machine and cluster', async () => {
  const history = createHistory(clock)
  const first = machine(1, { status: { printableStatus: 'Stopped' } })
  const second = machine(2, { status: { printableStatus: 'CrashLoopBackOff' } })
  const third = machine(3, {
    spec: { ...second.spec, runStrategy: 'Halted' },
    status: { printableStatus: 'CrashLoopBackOff' },
  })
  for (const [current, previous] of [
    [first, undefined],
    [second, first],
    [second, first],
    [third, second],
  ] as const) {
    history.saw({ cluster: 'c', current, previous, whole })
  }
  expect(history.of('c', third)).toMatchObject([
    { kind: 'state', tone: 'warning', title: 'CrashLoopBackOff', message: 'Stopped → CrashLoopBackOff' },
    { kind: 'change', changes: [{ path: 'spec.runStrategy', before: 'Always', after: 'Halted' }] },
  ])
  await expect.poll(() => history.of('c', third).at(-1)).toMatchObject({ who: 'kubectl-edit' })
  expect(history.of('other', third)).toEqual([])
  expect(history.of('c', machine(4, { metadata: { name: 'web', namespace: 'a', uid: 'another' } }))).toEqual([])
})

test('is bounded', () => {
  const history = createHistory(clock)
  for (let version = 1; version <= 300; version++) {
    history.saw({
      cluster: 'c',
      current: machine(version + 1, { status: { printableStatus: version % 2 ? 'Running' : 'Stopped' } }),
      previous: machine(version),
      whole,
    })
  }
  expect(history.of('c', machine(1))).toHaveLength(100)
})
