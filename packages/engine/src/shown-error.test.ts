import { readFile } from 'node:fs/promises'
import { ImagingError } from '@berth/imaging'
import { expect, it } from 'vitest'
import { shownError } from './shown-error.ts'

const folders = ['/srv/fast', '/var/lib/berth']

it.each<[Error, string]>([
  [new Error('claim "a" is gone'), 'claim "a" is gone'],
  [
    new ImagingError('ToolFailed', 'converting /srv/fast/images/a.qcow2: no /var/lib/berth/imports/b.', {
      remedy: 'Try.',
    }),
    'converting images/a.qcow2: no imports/b. Try.',
  ],
])('%s is shown without the folders of the host', (error, words) => {
  expect(shownError(error, folders)).toBe(words)
})

it('an error of the system is shown without its path', async () => {
  const error: unknown = await readFile('/var/lib/nothing/here').catch((thrown: unknown) => thrown)
  expect(shownError(error, folders)).toBe('the host could not do it (ENOENT); the log of the engine says more')
})
