import { describe, expect, it } from 'vitest'
import { told } from '../testing/causes.ts'
import { exampleInstance, exampleMachine } from '../testing/examples.ts'
import type { VolumeRequest } from '../types/machine.ts'
import { validateVolumeRequests } from './volume-requests.ts'

const disk = { name: 'd', disk: { bus: 'scsi' as const } }
const volumeSource = { persistentVolumeClaim: { claimName: 'c' } }
const add = (name: string): VolumeRequest => ({ addVolumeOptions: { name, disk, volumeSource } })
const at = 'Invalid Status.volumeRequests:'

describe('volume requests', () => {
  it.each<[string, VolumeRequest[], string[]]>([
    ['one of each', [add('a'), { removeVolumeOptions: { name: 'b' } }], []],
    [
      'both in one',
      [{ ...add('a'), removeVolumeOptions: { name: 'b' } }],
      [`${at} VolumeRequests require either addVolumeOptions or removeVolumeOptions to be set, not both`],
    ],
    ['none', [{}], [`${at} VolumeRequests require one of either addVolumeOptions or removeVolumeOptions to be set`]],
    ['an addition twice', [add('a'), add('a')], [`${at} AddVolume request for [a] aleady exists`]],
    [
      'a removal twice',
      [{ removeVolumeOptions: { name: 'b' } }, { removeVolumeOptions: { name: 'b' } }],
      [`${at} RemoveVolume request for [b] aleady exists`],
    ],
    [
      'no disk',
      [{ addVolumeOptions: { name: 'a', volumeSource } }],
      [`${at} AddVolume request for [a] requires the disk field to be set.`],
    ],
    [
      'the name of a volume',
      [add('root')],
      [`${at} AddVolume request for [root] conflicts with an existing volume of the same name on the vmi template.`],
    ],
    [
      'the name of a volume that was attached',
      [add('data')],
      [
        `${at} AddVolume request for [data] conflicts with an existing volume of the same name on currently running vmi`,
      ],
    ],
    ['what is there already', [add('same')], []],
  ])('%s', (_what, requests, causes) => {
    const machine = exampleMachine()
    machine.spec.template.spec.volumes = [
      { name: 'root', emptyDisk: { capacity: '1Gi' } },
      { name: 'same', ...volumeSource },
    ]
    const instance = exampleInstance('Running')
    instance.spec.volumes = [{ name: 'data', emptyDisk: { capacity: '1Gi' } }]
    expect(validateVolumeRequests(requests, machine, instance).map(told)).toEqual(causes)
  })

  it('wait for a migration to end', () => {
    const instance = exampleInstance('Running')
    instance.status = { ...instance.status, migrationState: { startTimestamp: '2026-01-01T00:00:00Z' } }
    expect(validateVolumeRequests([add('a')], exampleMachine(), instance).map(told)).toEqual([
      'NotSupported spec: Cannot handle volume requests while VMI migration is in progress',
    ])
    instance.status.migrationState = { startTimestamp: '2026-01-01T00:00:00Z', endTimestamp: '2026-01-01T00:01:00Z' }
    expect(validateVolumeRequests([add('a')], exampleMachine(), instance)).toEqual([])
  })
})
