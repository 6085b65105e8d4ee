/** How one source of a list does. Each fails alone and says so; rows of the others are shown. */
export interface SourceState {
  cluster: string
  /** Plural of the kind: `virtualmachines`. */
  resource: string
  state: 'loading' | 'live' | 'stale' | 'forbidden' | 'absent'
  /** For people: why it is not live, and what to do. */
  message?: string
}
