/** Makes a path safe as an argument of qemu-img, where file names can be protocols (`nbd:`), JSON (`json:{…}`) and options. */

import { resolve } from 'node:path'
import { ImagingError } from './errors.ts'

/**
 * The absolute form of a path; an absolute path is never read as a protocol or an option.
 * @throws {ImagingError} InvalidArgument when it is empty, has control characters or looks like a QEMU protocol or JSON
 */
export function safeImagePath(path: string): string {
  if (path === '') throw new ImagingError('InvalidArgument', 'an image needs a path; the one given is empty')
  // oxlint-disable-next-line no-control-regex -- refusing them is the point
  if (/[\u0000-\u001f\u007f]/.test(path)) {
    throw new ImagingError('InvalidArgument', `the image path ${JSON.stringify(path)} has control characters`)
  }
  if (/^[a-z][a-z0-9+.-]*:/i.test(path)) {
    throw new ImagingError('InvalidArgument', `"${path}" is not the path of a local file but a protocol`, {
      remedy: 'Give the path of a local file; write ./name when the name has a colon.',
    })
  }
  return resolve(path)
}
