/** The smallest server of the rows channel: a list in memory, windows of it, and the difference to the last answer as a delta. */

import type { BrowserMessage, Line, Row, RowsRequest, RowsUpdate } from '@berth/view'
import type { Loopback } from './loopback.ts'

export class WindowServer {
  list: Row[] = []
  readonly #socket: Loopback
  #read = 0
  #id = 0
  #request: RowsRequest | undefined
  #revision = 0
  #sent: { window: string[]; rows: Map<string, string>; lines: number } = { window: [], rows: new Map(), lines: 0 }

  constructor(socket: Loopback) {
    this.#socket = socket
  }

  get request(): RowsRequest | undefined {
    return this.#request
  }

  /** Answers what the browser asked since the last time. */
  serve(): void {
    const messages = this.#socket.received.slice(this.#read)
    this.#read = this.#socket.received.length
    for (const message of messages) this.#answer(message)
  }

  /** Sends what changed since the last answer. `lost`: it never arrives. */
  tick({ lost = false } = {}): void {
    if (this.#request === undefined) return
    const { window, rows } = this.#window(this.#request)
    const changed = rows.filter((row) => this.#sent.rows.get(row.key) !== JSON.stringify(row))
    const moved = JSON.stringify(window) !== JSON.stringify(this.#sent.window)
    if (changed.length === 0 && !moved && this.#sent.lines === this.list.length) return
    this.#revision++
    this.#remember(window, rows)
    if (lost) return
    this.#say({
      kind: 'delta',
      revision: this.#revision,
      rows: changed,
      ...(moved ? { window } : {}),
      lines: this.list.length,
      total: this.list.length,
    })
  }

  #answer(message: BrowserMessage): void {
    if (message.type === 'open' && message.channel === 'rows') {
      this.#id = message.id
      this.#request = message.request
    } else if (message.type === 'close') {
      if (message.id === this.#id) this.#request = undefined
      return
    }
    if (this.#request === undefined) return
    const { window, rows } = this.#window(this.#request)
    this.#revision++
    this.#remember(window, rows)
    this.#say({
      kind: 'window',
      revision: this.#revision,
      from: this.#request.from,
      window,
      rows,
      lines: this.list.length,
      total: this.list.length,
      facets: [],
      sources: [],
    })
  }

  #window({ from, count }: RowsRequest): { window: string[]; rows: Row[] } {
    const rows = this.list.slice(from, from + count)
    return { window: rows.map((row) => row.key), rows }
  }

  #remember(window: string[], rows: Row[]): void {
    this.#sent = {
      window,
      rows: new Map(rows.map((row) => [row.key, JSON.stringify(row)])),
      lines: this.list.length,
    }
  }

  #say(update: RowsUpdate): void {
    this.#socket.say({ type: 'update', id: this.#id, channel: 'rows', update })
  }
}

/** A row with a name and a state. */
export function workload(name: string, status = 'Running'): Row {
  return {
    key: `here/VirtualMachine/default/${name}`,
    cluster: 'here',
    kind: 'VirtualMachine',
    namespace: 'default',
    name,
    uid: name,
    status,
    tone: status === 'Running' ? 'running' : 'stopped',
    addresses: [],
    created: 0,
    labels: {},
    networks: [],
    storageClasses: [],
    has: [],
    restartRequired: false,
    deleting: false,
    refused: {},
  }
}

/** Names of lines, to compare. */
export function names(lines: readonly (Line | undefined)[]): (string | undefined)[] {
  return lines.map((line) => (typeof line === 'string' ? line.split('/').at(-1) : line?.group))
}
