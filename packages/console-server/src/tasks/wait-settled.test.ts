import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dataVolumes, virtualMachineInstances } from '@berth/api'
import { silentLogger } from '@berth/base'
import { systemClock } from '@berth/kube'
import { startTestEngine, type TestEngine } from '@berth/testkit'
import { clusterOf } from '../clusters/testing/cluster-of.ts'
import type { Watches } from '../watches/contract.ts'
import { createWatches } from '../watches/registry.ts'
import { sightOfMove } from './sight-of-move.ts'
import { waitSettled, type SettleOptions } from './wait-settled.ts'

let engine: TestEngine
let watches: Watches
let options: Omit<SettleOptions, 'settle' | 'target'>

beforeAll(async () => {
  engine = await startTestEngine({ driver: 'simulated' })
  watches = createWatches({ clock: systemClock, logger: silentLogger })
  const cluster = clusterOf(engine)
  options = { watches, clock: systemClock, cluster, identity: { kind: 'context' }, onStatus: () => {}, limitMs: 30_000 }
})
afterAll(async () => {
  await watches.close()
  await engine.stop()
})

const place = { namespace: 'default', name: 'settles' }
const { group, version } = dataVolumes
const target = { cluster: 'here', group, version, resource: dataVolumes.resource, ...place }

it('ends when a disk is ready, and when it is gone', async () => {
  await engine.client.create(dataVolumes, {
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'DataVolume',
    metadata: place,
    spec: { source: { blank: {} }, storage: { resources: { requests: { storage: '16Mi' } } } },
  })
  await expect(waitSettled({ ...options, target, settle: 'settled' })).resolves.toEqual({ kind: 'reached' })
  await engine.client.delete(dataVolumes, place)
  await expect(waitSettled({ ...options, target, settle: 'gone' })).resolves.toEqual({ kind: 'reached' })
})

describe('a disk that moves', () => {
  const machine = { ...target, group: 'kubevirt.io', version: 'v1', resource: 'virtualmachines', name: 'moves' }
  const move = { volume: 'data', claim: 'data-2' }

  it('is there when its copy is, where the machine is off', async () => {
    const sight = await sightOfMove(engine.client, { target: machine, move, again: false })
    expect(sight).toEqual({ target: { ...target, name: 'data-2' } })
  })

  it('is there when the machine that runs has gone over to it', async () => {
    await engine.client.create(virtualMachineInstances, {
      apiVersion: 'kubevirt.io/v1',
      kind: 'VirtualMachineInstance',
      metadata: { namespace: 'default', name: 'moves' },
      spec: {
        domain: { devices: { disks: [{ name: 'data', disk: { bus: 'virtio' } }] }, memory: { guest: '16Mi' } },
        volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data-2' } }],
      },
    })
    const sight = await sightOfMove(engine.client, { target: machine, move, again: false })
    expect(sight.target).toMatchObject({ resource: 'virtualmachineinstances', name: 'moves' })
    await expect(waitSettled({ ...options, ...sight, settle: 'settled' })).resolves.toEqual({ kind: 'reached' })
    const gone = waitSettled({ ...options, ...sight, target: { ...sight.target, name: 'nobody' }, settle: 'settled' })
    await expect(gone).resolves.toEqual({ kind: 'failed', why: 'the VM ended meanwhile' })
  })
})

it('says that what was to come is not there', async () => {
  const outcome = await waitSettled({ ...options, target: { ...target, name: 'nobody' }, settle: 'settled' })
  expect(outcome).toEqual({ kind: 'failed', why: 'It was deleted meanwhile.' })
})

it('has nothing to say of a kind that there is not', async () => {
  const other = { ...target, group: 'nowhere.example', resource: 'things' }
  await expect(waitSettled({ ...options, target: other, settle: 'settled' })).resolves.toEqual({ kind: 'unseen' })
})
