import type { DataVolume } from '@berth/api'
import { expect, it } from 'vitest'
import { dataVolumeOf } from '../testing/manifests.ts'
import { translationServices } from '../testing/services.ts'
import { claimSpecFor } from './claim-spec.ts'

const size = (storage: string) => ({ resources: { requests: { storage } } })
const local = { accessModes: ['ReadWriteOnce'], volumeMode: 'Filesystem', storageClassName: 'local' }

it.each<[string, Partial<DataVolume['spec']>, object]>([
  ['a size alone', { storage: size('1Gi') }, { ...local, ...size('1Gi') }],
  [
    'all of it',
    { storage: { ...size('1Gi'), accessModes: ['ReadWriteMany'], volumeMode: 'Block', storageClassName: 'other' } },
    { ...size('1Gi'), accessModes: ['ReadWriteMany'], volumeMode: 'Block', storageClassName: 'other' },
  ],
])('asks for %s', async (_what, spec, wanted) => {
  await using host = await translationServices([])
  expect(await claimSpecFor(dataVolumeOf('disk', spec), host.services)).toEqual(wanted)
})

it('refuses a disk whose size nobody knows', async () => {
  await using host = await translationServices([])
  await expect(claimSpecFor(dataVolumeOf('disk', { storage: {} }), host.services)).rejects.toMatchObject({
    code: 'ImportRefused',
    remedy: expect.stringContaining('spec.storage.resources.requests.storage'),
  })
})
