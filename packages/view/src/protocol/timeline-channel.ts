/** What happened to a machine: events, changes of its state and of its manifest, and what was asked for here. */

export interface TimelineRequest {
  cluster: string
  namespace: string
  name: string
}

export interface TimelineEntry {
  /** Stable: an entry that is sent again replaces the one before. */
  id: string
  /** ISO 8601. */
  time: string
  kind: 'event' | 'state' | 'change' | 'action'
  tone: 'normal' | 'warning'
  /** CamelCase reason of an event, new state, or action. */
  title: string
  message: string
  /** The kind and name it is about, when not the machine itself. */
  about?: { kind: string; name: string }
  /** Who did it, where that is known. */
  who?: string
  /** How often, for events that repeat. */
  count?: number
  /** Paths that a change touched. */
  changes?: { path: string; before?: string; after?: string }[]
}

export type TimelineUpdate = { kind: 'all' | 'more'; entries: TimelineEntry[] }
