/** The chain of causes of a machine's state, worked out anew when something it rests on changes. */

import type { Finding } from '@berth/api'

export interface WhyRequest {
  cluster: string
  namespace: string
  name: string
}

export interface WhyUpdate {
  /** Empty when the machine is as wished. */
  findings: Finding[]
  /** One sentence. */
  summary: string
  /** printableStatus. */
  status?: string
  wished?: 'running' | 'stopped' | 'paused' | 'deleted'
  /** Follows "because". */
  wishedBecause?: string
  asWished?: boolean
  /** What the person may not look at, so that the list may not be whole. */
  unread?: { what: string; why: string }[]
}
