/** Clients that do random things to a few config maps and record what they did and saw. */

import type { Action, Listing, Operation, Outcome, SeenEvent, Version, Watched } from '../linearizability/history.ts'
import type { Connection } from './connection.ts'
import type { Random } from './random.ts'

const collection = '/api/v1/namespaces/default/configmaps'
export const colours = ['red', 'blue'] as const

interface ConfigMap {
  metadata: { name: string; resourceVersion: string; labels?: Record<string, string> }
  data?: { text?: string }
}

interface ListBody {
  metadata: { resourceVersion: string; continue?: string }
  items: ConfigMap[]
}

/** The colour of an object is the beginning of its text, so that what a selector must show follows from the text. */
function body(key: string, text: string, revision?: number): object {
  const version = revision === undefined ? {} : { resourceVersion: String(revision) }
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: key, labels: { colour: text.split(' ', 1)[0] }, ...version },
    data: { text },
  }
}

function versionOf(object: ConfigMap): Version {
  return { revision: Number(object.metadata.resourceVersion), text: object.data?.text ?? '' }
}

export interface Recorder {
  operations: Operation[]
  listings: Listing[]
}

export class RecordingClient {
  readonly #index: number
  readonly #keys: readonly string[]
  readonly #random: Random
  readonly #known = new Map<string, number>()
  #count = 0

  constructor(index: number, keys: readonly string[], random: Random) {
    this.#index = index
    this.#keys = keys
    this.#random = random
  }

  /** One thing after the other until the signal; a server that is not there is asked again after a moment. */
  async run(connection: Connection, recorder: Recorder, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const answered =
        this.#random.next() < 0.08 ? await this.#list(connection, recorder) : await this.#operate(connection, recorder)
      if (!answered) await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  async #operate(connection: Connection, recorder: Recorder): Promise<boolean> {
    const key = this.#random.pick(this.#keys)
    const action = this.#choose(key)
    const started = performance.now()
    let outcome: Outcome
    try {
      outcome = await this.#ask(connection, key, action)
    } catch (error) {
      if (error instanceof Unexpected) throw error
      // What was never sent, or would have changed nothing, tells nothing.
      if (action.do === 'get' || isRefused(error)) return false
      outcome = { is: 'unknown' }
    }
    // Whoever kills the server knows when it was too late for an unanswered write.
    const ended = outcome.is === 'unknown' ? Infinity : performance.now()
    recorder.operations.push({ client: this.#index, key, action, outcome, started, ended })
    if (outcome.is === 'ok' && outcome.version !== undefined) this.#known.set(key, outcome.version.revision)
    return outcome.is !== 'unknown'
  }

  #choose(key: string): Action {
    this.#count += 1
    const text = `${this.#random.pick(colours)} ${this.#index}.${this.#count}`
    const dice = this.#random.next()
    const known = this.#known.get(key)
    if (dice < 0.2) return { do: 'create', text }
    if (dice < 0.45 && known !== undefined) return { do: 'swap', expect: known, text }
    if (dice < 0.6) return { do: 'patch', text }
    if (dice < 0.7) return { do: 'delete' }
    return { do: 'get' }
  }

  async #ask(connection: Connection, key: string, action: Action): Promise<Outcome> {
    const path = `${collection}/${key}`
    const { code, text } = await (() => {
      switch (action.do) {
        case 'create':
          return connection.send('POST', collection, body(key, action.text))
        case 'swap':
          return connection.send('PUT', path, body(key, action.text, action.expect))
        case 'patch':
          return connection.send('PATCH', path, body(key, action.text), 'application/merge-patch+json')
        case 'delete':
          return connection.send('DELETE', path)
        case 'get':
          return connection.send('GET', path)
      }
    })()
    if (code === 200 || code === 201)
      return action.do === 'delete' ? { is: 'ok' } : { is: 'ok', version: versionOf(JSON.parse(text)) }
    if (code === 404) return { is: 'absent' }
    if (code === 409) return { is: action.do === 'create' ? 'exists' : 'conflict' }
    throw new Unexpected(`${action.do} ${key} was answered with ${code}: ${text.slice(0, 500)}`)
  }

  async #list(connection: Connection, recorder: Recorder): Promise<boolean> {
    const items = new Map<string, Version>()
    const limit = this.#random.next() < 0.5 ? '?limit=2' : ''
    const started = performance.now()
    let revision: number | undefined
    let more: string | undefined
    try {
      do {
        const query: string = more === undefined ? limit : `${limit}&continue=${encodeURIComponent(more)}`
        const { code, text } = await connection.send('GET', `${collection}${query}`)
        if (code !== 200) throw new Unexpected(`a list was answered with ${code}: ${text.slice(0, 500)}`)
        const page: ListBody = JSON.parse(text)
        const at = Number(page.metadata.resourceVersion)
        if (revision !== undefined && revision !== at)
          throw new Unexpected(`a page of revision ${at} followed one of ${revision}`)
        revision = at
        for (const item of page.items) items.set(item.metadata.name, versionOf(item))
        more = page.metadata.continue
      } while (more !== undefined && more !== '')
    } catch (error) {
      if (error instanceof Unexpected) throw error
      return false
    }
    recorder.listings.push({ started, ended: performance.now(), revision, items })
    return true
  }
}

function isRefused(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED'
}

/** An answer that is wrong by itself. */
class Unexpected extends Error {}

interface EventBody {
  type: SeenEvent['type'] | 'BOOKMARK' | 'ERROR'
  object: ConfigMap
}

/** Watches until the signal, from its last revision again whenever the connection breaks, and keeps what it sees in a member of `all`. */
export async function watchFrom(
  connection: Connection,
  options: { name: string; from: number; colour?: string; signal: AbortSignal; all: Watched[] },
): Promise<void> {
  const { name, from, colour, signal } = options
  const watched: Watched = { name, from, until: from, events: [] }
  options.all.push(watched)
  if (colour !== undefined) watched.selects = (text) => text.startsWith(colour)
  const selector = colour === undefined ? '' : `&labelSelector=colour%3D${colour}`
  const onLine = (line: string): void => {
    const { type, object }: EventBody = JSON.parse(line)
    if (type === 'ERROR') throw new Unexpected(`watcher ${name} was told ${line}`)
    const version = versionOf(object)
    watched.until = Math.max(watched.until, version.revision)
    if (type !== 'BOOKMARK') watched.events.push({ type, key: object.metadata.name, version })
  }
  while (!signal.aborted) {
    const path = `${collection}?watch=true&allowWatchBookmarks=true&resourceVersion=${watched.until}${selector}`
    const refusal = await connection.lines(path, signal, onLine)
    if (refusal !== undefined) throw new Unexpected(`watcher ${name} was answered with ${JSON.stringify(refusal)}`)
    if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Everything that happened after a revision, as one watch tells it, up to at least another revision. */
export async function readLog(connection: Connection, from: number, until: number): Promise<SeenEvent[]> {
  const enough = new AbortController()
  const log: SeenEvent[] = []
  const path = `${collection}?watch=true&allowWatchBookmarks=true&resourceVersion=${from}`
  await connection.lines(path, enough.signal, (line) => {
    const { type, object }: EventBody = JSON.parse(line)
    if (type === 'ERROR') throw new Unexpected(`the log is not to be had: ${line}`)
    const version = versionOf(object)
    if (type !== 'BOOKMARK') log.push({ type, key: object.metadata.name, version })
    if (version.revision >= until) enough.abort()
  })
  return log
}

export async function currentRevision(connection: Connection): Promise<number> {
  const { text } = await connection.send('GET', `${collection}?limit=1`)
  const page: ListBody = JSON.parse(text)
  return Number(page.metadata.resourceVersion)
}
