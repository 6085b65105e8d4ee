/** Where one was before the sign-in. It stands in the address, where anybody may have written it: only our own pages count. */

import { homePath, signInPath } from '../../routes/paths.ts'

export function returnAddress(from: string | undefined): string {
  if (from === undefined || !from.startsWith('/') || from.startsWith(signInPath())) return homePath()
  // As browsers read it: `//host`, `/\host` and `/<tab>/host` lead elsewhere.
  const own = 'http://own.invalid'
  const read = URL.canParse(from, own) ? new URL(from, own) : undefined
  return read?.origin === own ? from : homePath()
}
