/** Access modes of volumes, and their short form in tables. */

import { requiredValue, unsupportedValue, type StatusCause } from '@berth/meta'

const short: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
}

export const volumeModes = ['Block', 'Filesystem']

/** `RWO,RWX`: each once, in a fixed order. */
export function accessModesText(modes: readonly string[]): string {
  return Object.entries(short)
    .filter(([mode]) => modes.includes(mode))
    .map(([, text]) => text)
    .join(',')
}

export function accessModeCauses(modes: readonly string[]): StatusCause[] {
  if (modes.length === 0) return [requiredValue('spec.accessModes', 'at least 1 access mode is required')]
  const known = Object.keys(short).sort()
  return modes.flatMap((mode) => (known.includes(mode) ? [] : [unsupportedValue('spec.accessModes', mode, known)]))
}
