import { actions as stateRules, type VirtualMachine, type VirtualMachineInstance } from '@berth/api'
import { describe, expect, it } from 'vitest'
import type { ObjectReference } from '../protocol/reference.ts'
import type { ActionId } from './action.ts'
import { callsOf } from './api-call.ts'
import { effectsOf, effectsOnObject } from './effects.ts'
import { refusalOf, refusals } from './refusal.ts'
import { rightOf, rightText } from './rights.ts'
import { shellWord, showAs } from './show-as.ts'
import { actionOf, actionsFor, actionTable, findAction } from './table.ts'
import { referenceOfKey } from './workload-kinds.ts'

const template = {
  spec: {
    domain: { devices: {} },
    volumes: [
      { name: 'root', dataVolume: { name: 'web-root' } },
      { name: 'data', persistentVolumeClaim: { claimName: 'shared' } },
    ],
  },
}

function machine(runStrategy: 'Always' | 'Halted' | 'Manual', more: object = {}): VirtualMachine {
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: { name: 'web', namespace: 'shop', uid: 'u1', ...more },
    spec: { runStrategy, template, dataVolumeTemplates: [{ metadata: { name: 'web-root' }, spec: {} }] },
  }
}

const running = {
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachineInstance',
  metadata: { name: 'web', namespace: 'shop', uid: 'i1' },
  spec: { ...template.spec, terminationGracePeriodSeconds: 180 },
  status: { phase: 'Running' },
} as VirtualMachineInstance

const target: ObjectReference = {
  cluster: 'local',
  group: 'kubevirt.io',
  version: 'v1',
  resource: 'virtualmachines',
  namespace: 'shop',
  name: 'web',
}

describe('the table', () => {
  it('names rules that there are, and takes back what can be taken back', () => {
    for (const action of actionTable.map(({ id }) => actionOf(id))) {
      if (action.rule !== undefined) expect(stateRules).toContain(action.rule)
      if (action.undo !== undefined) expect(findAction(action.undo)).toBeDefined()
      expect(action.does === 'subresource', action.id).toBe(action.subresource !== undefined)
    }
    expect(actionsFor('Pod').map(({ id }) => id)).toEqual(['delete'])
    expect(findAction('explode')).toBeUndefined()
  })
})

describe('refusals', () => {
  it.each<[string, VirtualMachine, VirtualMachineInstance | undefined, ActionId[]]>([
    ['runs', machine('Always'), running, ['start', 'unpause']],
    [
      'is off',
      machine('Halted'),
      undefined,
      [
        'stop',
        'force-stop',
        'restart',
        'force-restart',
        'pause',
        'unpause',
        'soft-reboot',
        'reset',
        'migrate',
        'vnc',
        'console',
      ],
    ],
    // Already told to stop: only the power is left.
    ['goes down', machine('Halted'), running, ['start', 'stop', 'restart', 'force-restart', 'unpause']],
    [
      'is being deleted',
      machine('Always', { deletionTimestamp: '2026-01-01T00:00:00Z' }),
      running,
      ['start', 'unpause', 'edit', 'snapshot', 'clone', 'export', 'delete'],
    ],
  ])('of a machine that %s', (_what, subject, instance, refused) => {
    expect(Object.keys(refusals({ machine: subject, instance })).toSorted()).toEqual(refused.toSorted())
  })

  it('speak as the server does', () => {
    expect(refusalOf('start', { machine: machine('Always'), instance: running })).toBe('VM is already running')
    expect(refusalOf('force-stop', { machine: machine('Manual'), instance: undefined })).toBe('VM is not running')
  })
})

describe('effects', () => {
  it('of a stop say how long the guest has, and that it stays off', () => {
    expect(effectsOf('stop', { machine: machine('Always'), instance: running })).toEqual([
      { effect: 'asked-to-shut-down' },
      { effect: 'cut-off-after', values: { seconds: 180 } },
      { effect: 'stays-off', values: { strategy: 'Always' } },
    ])
    expect(effectsOf('stop', { machine: machine('Manual'), instance: running }, { gracePeriod: 5 })).toEqual([
      { effect: 'asked-to-shut-down' },
      { effect: 'cut-off-after', values: { seconds: 5 } },
    ])
  })

  it('of a delete say which disks go and which stay', () => {
    const state = { machine: machine('Always'), instance: undefined }
    expect(effectsOf('delete', state)).toEqual([
      { effect: 'machine-goes' },
      { effect: 'disk-goes', values: { name: 'web-root' } },
      { effect: 'disk-stays', values: { name: 'shared' } },
      { effect: 'final' },
    ])
    expect(effectsOf('delete', state, { keepDisks: true })).toContainEqual({
      effect: 'disk-stays',
      values: { name: 'web-root' },
    })
    expect(effectsOnObject('Deployment').map(({ effect }) => effect)).toEqual(['object-goes', 'pods-go', 'final'])
  })
})

describe('requests', () => {
  const place = '/apis/subresources.kubevirt.io/v1/namespaces/shop'
  it.each<[ActionId, string, unknown]>([
    ['start', `${place}/virtualmachines/web/start`, {}],
    ['force-stop', `${place}/virtualmachines/web/stop`, { gracePeriod: 0 }],
    ['force-restart', `${place}/virtualmachines/web/restart`, { gracePeriodSeconds: 0 }],
    ['pause', `${place}/virtualmachineinstances/web/pause`, {}],
    ['soft-reboot', `${place}/virtualmachineinstances/web/softreboot`, {}],
  ])('%s', (id, path, body) => {
    expect(callsOf(actionOf(id), target)).toEqual([{ method: 'PUT', path, body }])
  })

  it('delete exactly the one that was looked at, after letting go of disks that are kept', () => {
    const calls = callsOf(actionOf('delete'), target, { uid: 'u1', keepDisks: true, ownDisks: ['web-root'] })
    expect(calls).toEqual([
      {
        method: 'PATCH',
        path: '/apis/cdi.kubevirt.io/v1beta1/namespaces/shop/datavolumes/web-root',
        contentType: 'application/merge-patch+json',
        body: { metadata: { ownerReferences: null } },
        releases: 'web-root',
      },
      {
        method: 'DELETE',
        path: '/apis/kubevirt.io/v1/namespaces/shop/virtualmachines/web',
        body: { preconditions: { uid: 'u1' } },
      },
    ])
    expect(callsOf(actionOf('vnc'), target)).toEqual([])
  })

  it('put no part of a name into the path unescaped', () => {
    const [call] = callsOf(actionOf('start'), { ...target, name: '../x?y' })
    expect(call?.path).toBe(`${place}/virtualmachines/..%2Fx%3Fy/start`)
  })
})

describe('shown as', () => {
  it('commands of each tool', () => {
    expect(showAs(actionOf('force-stop'), target, { command: './berth' })).toMatchInlineSnapshot(`
      {
        "api": "PUT /apis/subresources.kubevirt.io/v1/namespaces/shop/virtualmachines/web/stop
      Content-Type: application/json

      {
        "gracePeriod": 0
      }",
        "berth": "./berth vm stop --force web -n shop",
        "kubectl": "kubectl replace --raw /apis/subresources.kubevirt.io/v1/namespaces/shop/virtualmachines/web/stop -f - <<< '{"gracePeriod":0}'",
        "virtctl": "virtctl stop --force --grace-period=0 web -n shop",
      }
    `)
    expect(showAs(actionOf('delete'), target, { keepDisks: true, ownDisks: ['web-root'] })).toMatchInlineSnapshot(`
      {
        "api": "PATCH /apis/cdi.kubevirt.io/v1beta1/namespaces/shop/datavolumes/web-root
      Content-Type: application/merge-patch+json

      {
        "metadata": {
          "ownerReferences": null
        }
      }

      DELETE /apis/kubevirt.io/v1/namespaces/shop/virtualmachines/web",
        "berth": "berth vm delete web --keep-disks -n shop",
        "kubectl": "kubectl patch datavolumes web-root -n shop --type merge -p '{"metadata":{"ownerReferences":null}}'
      kubectl delete virtualmachines.kubevirt.io web -n shop",
      }
    `)
    expect(showAs(actionOf('delete'), { ...target, group: '', resource: 'pods' })).toEqual({
      kubectl: 'kubectl delete pods web -n shop',
      api: 'DELETE /apis/v1/namespaces/shop/pods/web'.replace('/apis/', '/api/'),
    })
  })

  it('is safe to paste', () => {
    expect(shellWord('web-1')).toBe('web-1')
    expect(shellWord("a'; rm -rf ~")).toBe(String.raw`'a'\''; rm -rf ~'`)
  })
})

describe('rights', () => {
  it.each<[ActionId, string]>([
    ['start', 'virtualmachines/start.subresources.kubevirt.io/update'],
    ['delete', 'virtualmachines.kubevirt.io/delete'],
    ['edit', 'virtualmachines.kubevirt.io/patch'],
    ['vnc', 'virtualmachineinstances/vnc.subresources.kubevirt.io/get'],
  ])('%s', (id, text) => {
    expect(rightText(rightOf(actionOf(id), target))).toBe(text)
  })
})

describe('keys of rows', () => {
  it('lead to objects, and to nothing else', () => {
    expect(referenceOfKey('local/VirtualMachine/shop/web')).toMatchObject({ ...target, kind: 'VirtualMachine' })
    expect(referenceOfKey('local/Pod/shop/web')).toMatchObject({ group: '', resource: 'pods' })
    for (const text of ['', 'local', 'local/Secret/shop/web', 'local/Pod//web', 'local/Pod/a/b/c', 'l/constructor/a/b'])
      expect(referenceOfKey(text)).toBeUndefined()
  })
})
