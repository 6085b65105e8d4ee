import { StatusError } from '@berth/meta'
import { describe, expect, it } from 'vitest'
import { admitVolumeRequests } from './admit-volume-requests.ts'
import { exampleInstance, exampleMachine } from './testing/examples.ts'
import type { VolumeRequest } from './types/machine.ts'

const host = { architecture: 'amd64', uefi: true, hostDiskDirectories: [] } as const
const denied = 'admission webhook "kubevirt-crd-status-validator.kubevirt.io" denied the request: '

function refusal(requests: VolumeRequest[]): string | undefined {
  const machine = exampleMachine()
  machine.status = { volumeRequests: requests }
  try {
    admitVolumeRequests(machine, { host, instance: exampleInstance('Running') })
    return undefined
  } catch (error) {
    if (error instanceof StatusError && error.code === 'Invalid') return error.message
    throw error
  }
}

describe('volume requests in a status', () => {
  const add = (serial: string): VolumeRequest => ({
    addVolumeOptions: {
      name: 'd',
      disk: { name: 'd', serial, disk: { bus: 'scsi' } },
      volumeSource: { persistentVolumeClaim: { claimName: 'c' } },
    },
  })

  it.each<[string, VolumeRequest[], string | undefined]>([
    ['none', [], undefined],
    ['a disk', [add('s1')], undefined],
    ['what comes and goes', [add('s1'), { removeVolumeOptions: { name: 'd' } }], undefined],
    [
      'an empty one',
      [{}],
      `${denied}VolumeRequests require one of either addVolumeOptions or removeVolumeOptions to be set`,
    ],
  ])('%s', (_what, requests, message) => expect(refusal(requests)).toBe(message))

  it('are held to what the machine would become', () => {
    expect(refusal([add('not one word')])).toContain(`${denied}spec.template.spec.domain.devices.disks[`)
  })
})
