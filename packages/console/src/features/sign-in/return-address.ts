/** Where one was before the sign-in. It stands in the address, where anybody may have written it: only our own pages count. */

import { homePath, signInPath } from '../../routes/paths.ts'

export function returnAddress(from: string | undefined): string {
  // `//host` and `/\host` lead elsewhere.
  const own = from !== undefined && /^\/(?![/\\])/.test(from) && !from.startsWith(signInPath())
  return own ? from : homePath()
}
