/** The form in which a feature says which pages it has: plain data, so that a page's code is only loaded when it is shown. */

import type { ReactNode } from 'react'

/** Reads its parts from the URL; takes no props. */
export type PageComponent = () => ReactNode

export type RailPage = 'home' | 'workloads' | 'catalogue' | 'storage' | 'hosts' | 'activity' | 'admin'

export interface PageRoute {
  // The pattern's own type does not matter here.
  path: { readonly pattern: string }
  /** Namespaces of messages the page needs: they are fetched beside its code. */
  messages: readonly string[]
  load(): Promise<PageComponent>
  /** The item of the rail that is current on this page. */
  rail?: RailPage
  /** `bare`: alone in the window, without bar and rail. */
  frame?: 'shell' | 'bare'
  /** Shown to those who are not signed in as well. */
  open?: boolean
}
