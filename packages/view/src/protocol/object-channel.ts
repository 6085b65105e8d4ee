/** One object as it is now, with the reader's own rights; managedFields are left out. */

import type { KubeObject } from '@berth/meta'
import type { ObjectReference } from './reference.ts'

export type ObjectRequest = ObjectReference

export interface LiveObject {
  /** `absent` may become `present` later: the channel stays open. `stale`: the server is not reachable, this is the last seen. */
  state: 'present' | 'absent' | 'stale'
  object?: KubeObject
  message?: string
}
