/** A path of a file inside an image. */

import type { StatusCause } from '@berth/meta'
import { invalidField } from './cause.ts'

export function validateFilePath(path: string, field: string): StatusCause[] {
  if (path === '/') return [invalidField(field, `${field} must not point to root`)]
  const parts = path.replace(/\/$/, '').split('/')
  const plain = parts[0] === '' && parts.length > 1 && parts.slice(1).every((part) => !['', '.', '..'].includes(part))
  return plain ? [] : [invalidField(field, `${field} must be an absolute path to a file without relative components`)]
}
