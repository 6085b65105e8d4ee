import type { PersistentVolumeClaim } from '@berth/api'
import type { Domain } from '@berth/hypervisor'
import { expect, it } from 'vitest'
import { instanceOf } from '../testing/manifests.ts'
import { volumeStatusOf } from './volume-status.ts'

const claimOf = (name: string): PersistentVolumeClaim => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  status: { phase: 'Bound', capacity: { storage: '1Gi' } },
})

/** Only what the status looks at. */
function domainWith(disks: [name: string, bus: string][]): Domain {
  return { spec: { disks: disks.map(([name, bus]) => ({ name, bus })) } } as unknown as Domain
}

it('tells of every volume in its order: where it is, its claim, and the size of what was made for it', () => {
  const instance = instanceOf('web', {
    volumes: [
      { name: 'seed', cloudInitNoCloud: { userData: 'x' } },
      { name: 'shared', configMap: { name: 'settings' } },
      { name: 'root', persistentVolumeClaim: { claimName: 'root-claim' } },
      { name: 'scratch', emptyDisk: { capacity: '1Gi' } },
    ],
  })
  const domain = domainWith([
    ['root', 'virtio'],
    ['scratch', 'virtio'],
    ['seed', 'sata'],
  ])
  const state = claimOf('persistent-state-for-web')
  const facts = { domain, claim: claimOf, sizes: new Map([['seed', 4096]]), state, steps: new Map() }
  expect(volumeStatusOf(instance, facts)).toEqual([
    {
      name: 'persistent-state-for-this-vm',
      target: '',
      persistentVolumeClaimInfo: { claimName: 'persistent-state-for-web', accessModes: ['ReadWriteOnce'] },
    },
    { name: 'seed', target: 'sda', size: 4096 },
    { name: 'shared', target: '' },
    {
      name: 'root',
      target: 'vda',
      persistentVolumeClaimInfo: {
        claimName: 'root-claim',
        accessModes: ['ReadWriteOnce'],
        capacity: { storage: '1Gi' },
        requests: { storage: '1Gi' },
        volumeMode: 'Filesystem',
        filesystemOverhead: '0.055',
      },
    },
    { name: 'scratch', target: 'vdb' },
  ])
})
