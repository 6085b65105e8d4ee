/** What clients did and saw, with times of one clock: the input of the checkers beside this file. */

/** An object as a client sees it. Every write of a history writes a text that no other writes. */
export interface Version {
  revision: number
  text: string
}

export type Action =
  | { do: 'create'; text: string }
  /** Replaces the object if its last revision is still `expect`. */
  | { do: 'swap'; expect: number; text: string }
  /** Changes the object whatever its revision is. */
  | { do: 'patch'; text: string }
  | { do: 'delete' }
  | { do: 'get' }

export type Outcome =
  /** A write or a read that found something. `version` is missing for a deletion. */
  | { is: 'ok'; version?: Version }
  | { is: 'absent' }
  | { is: 'exists' }
  | { is: 'conflict' }
  /** The connection died: it happened before `ended`, or never will. */
  | { is: 'unknown' }

export interface Operation {
  client: number
  key: string
  action: Action
  outcome: Outcome
  /** Milliseconds. */
  started: number
  ended: number
}

/** A whole list, all its pages. */
export interface Listing {
  started: number
  ended: number
  revision: number
  items: ReadonlyMap<string, Version>
}

export interface SeenEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED'
  key: string
  version: Version
}

/** What one watcher saw of one selection, over all its connections: each begins where the one before it ended. */
export interface Watched {
  name: string
  /** Only objects whose text this accepts; all unless given. */
  selects?: (text: string) => boolean
  from: number
  /** The last revision it knows to have seen everything of. */
  until: number
  events: SeenEvent[]
}

export interface History {
  operations: Operation[]
  listings: Listing[]
  watched: Watched[]
}

/** One line, for messages. */
export function describeOperation({ client, key, action, outcome, started, ended }: Operation): string {
  const { do: verb, ...rest } = action
  const times = `${started.toFixed(1)}..${ended.toFixed(1)}`
  return `client ${client} ${times}: ${verb} ${key} ${JSON.stringify(rest)} -> ${JSON.stringify(outcome)}`
}
