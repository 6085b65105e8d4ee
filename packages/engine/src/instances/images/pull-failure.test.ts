import { ImagingError } from '@berth/imaging'
import { expect, it } from 'vitest'
import { pullFailure } from './pull-failure.ts'

it('tells the owner of a machine nothing of the host’s disk', () => {
  const error = new ImagingError('NoSpace', 'pulling x needs 8 MiB at /var/lib/berth/container-images; 5 MiB are free')
  const wanted = {
    volume: 'root',
    image: 'example.com/x:1',
    policy: 'IfNotPresent',
    content: { kind: 'disk' },
  } as const
  expect(pullFailure(error, wanted)).toEqual({
    reason: 'ErrImagePull',
    message: 'the host has no room for image "example.com/x:1"',
  })
})
