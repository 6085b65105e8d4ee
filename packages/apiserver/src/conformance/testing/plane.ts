/**
 * What conformance tests talk to: a control plane in this process over a memory store. `BERTH_CONFORMANCE_SERVER`,
 * `BERTH_CONFORMANCE_CA` (a file) and `BERTH_CONFORMANCE_TOKEN` (an administrator's) hold the tests against another server instead.
 */

import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Json, JsonObject } from '@berth/meta'
import { createMemoryStore } from '@berth/store'
import { afterAll, beforeAll } from 'vitest'
import { openPki } from '../../auth/pki.ts'
import { internalUser } from '../../auth/user.ts'
import { openControlPlane } from '../../control-plane/control-plane.ts'
import { systemClock } from '../../control-plane/system-clock.ts'
import type { ApiHandler } from '../../transport.ts'

export interface Ask {
  body?: Json
  /** `application/json` unless given. */
  type?: string
  accept?: string
  headers?: Record<string, string>
}

export interface Reply {
  code: number
  headers: Record<string, string | string[] | undefined>
  text: string
  /** Empty when it is not a JSON object. */
  body: JsonObject
}

export interface WatchEvent {
  type: string
  object: JsonObject
}

/** One request; `onText` gets a stream as it comes and says when it is enough. */
type Send = (method: string, path: string, ask: Ask, onText?: (text: string) => boolean) => Promise<Reply>

export interface Plane {
  call(method: string, path: string, body?: Json, ask?: Omit<Ask, 'body'>): Promise<Reply>
  /** A call that must be answered with one of 200 to 202. */
  ok(method: string, path: string, body?: Json, ask?: Omit<Ask, 'body'>): Promise<JsonObject>
  /** A new namespace. */
  namespace(): Promise<string>
  /** The first events of a watch, until there are `count`, or `enough` says so. It ends by itself after ten seconds. */
  watch(path: string, enough: number | ((events: WatchEvent[]) => boolean), ask?: Ask): Promise<WatchEvent[]>
  /** Asks until it holds; controllers do their part in their own time. @returns the last answer */
  eventually(path: string, holds: (reply: Reply) => boolean): Promise<Reply>
  /** True when controllers run beside the server, which another server may lack. */
  readonly controllers: boolean
}

const elsewhere = process.env['BERTH_CONFORMANCE_SERVER']
const waitMs = 60_000

/** One plane for all tests of a file. Call the result inside tests only. */
export function usePlane(): Plane {
  let send: Send | undefined
  let close: () => Promise<void> = async () => {}
  beforeAll(async () => {
    if (elsewhere !== undefined) {
      send = sendTo(elsewhere)
      return
    }
    const directory = mkdtempSync(join(tmpdir(), 'berth-plane-'))
    const store = createMemoryStore()
    const pki = await openPki({ directory, clock: systemClock })
    const plane = await openControlPlane({ store, pki })
    send = sendWithin(plane.handler)
    close = async () => {
      await plane.close()
      await store.close()
      rmSync(directory, { recursive: true })
    }
  })
  afterAll(() => close())
  return planeOf((...request_) => {
    if (send === undefined) throw new Error('the plane opens before the first test; use it inside tests only')
    return send(...request_)
  })
}

function planeOf(send: Send): Plane {
  const plane: Plane = {
    controllers: elsewhere === undefined,
    call: (method, path, body, ask = {}) => send(method, path, body === undefined ? ask : { ...ask, body }),
    async ok(method, path, body, ask) {
      const reply = await plane.call(method, path, body, ask)
      if (reply.code > 202) throw new Error(`${method} ${path} was answered with ${reply.code}: ${reply.text}`)
      return reply.body
    },
    async namespace() {
      const name = `c-${randomUUID().slice(0, 8)}`
      await plane.ok('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
      return name
    },
    async watch(path, enough, ask = {}) {
      const events: WatchEvent[] = []
      const isEnough = typeof enough === 'number' ? () => events.length >= enough : () => enough(events)
      let rest = ''
      const query = `${path.includes('?') ? '&' : '?'}watch=true&timeoutSeconds=${waitMs / 1000}`
      const reply = await send('GET', `${path}${query}`, ask, (text) => {
        const lines = (rest + text).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) if (line !== '' && !isEnough()) events.push(JSON.parse(line))
        return isEnough()
      })
      if (reply.code !== 200) throw new Error(`the watch ${path} was answered with ${reply.code}: ${reply.text}`)
      return events
    },
    async eventually(path, holds) {
      const deadline = performance.now() + waitMs
      for (;;) {
        const reply = await plane.call('GET', path)
        if (holds(reply)) return reply
        if (performance.now() > deadline) throw new Error(`waited in vain for ${path}, which is ${reply.text}`)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    },
  }
  return plane
}

function headersOf({ type = 'application/json', accept = 'application/json', headers }: Ask): Record<string, string> {
  return { 'content-type': type, accept, ...headers }
}

function bytesOf({ body }: Ask): Buffer {
  return Buffer.from(body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body))
}

function replyOf(code: number, headers: Reply['headers'], text: string): Reply {
  const isJson = String(headers['content-type'] ?? '').startsWith('application/json') && text.startsWith('{')
  return { code, headers, text, body: isJson ? JSON.parse(text) : {} }
}

function sendWithin(handler: ApiHandler): Send {
  return async (method, path, ask, onText) => {
    const url = new URL(path, 'http://server')
    const enough = new AbortController()
    const answer = await handler({
      method,
      path: url.pathname,
      query: url.searchParams,
      headers: headersOf(ask),
      body: async () => bytesOf(ask),
      user: internalUser('conformance'),
      upgrade: false,
      signal: enough.signal,
    })
    if (answer.kind === 'upgrade') throw new Error(`${method} ${path} gave an upgrade`)
    if (answer.kind === 'full') return replyOf(answer.code, answer.headers, answer.body.toString())
    let text = ''
    for await (const chunk of answer.body) {
      const more = Buffer.from(chunk).toString()
      if (onText === undefined) text += more
      else if (onText(more)) enough.abort()
    }
    return replyOf(answer.code, answer.headers, text)
  }
}

function sendTo(server: string): Send {
  const agent = new Agent({ keepAlive: true, ca: readFileSync(process.env['BERTH_CONFORMANCE_CA'] ?? '') })
  const authorization = `Bearer ${process.env['BERTH_CONFORMANCE_TOKEN'] ?? ''}`
  return (method, path, ask, onText) =>
    new Promise((resolve, reject) => {
      const bytes = bytesOf(ask)
      const headers = { ...headersOf(ask), authorization, 'content-length': String(bytes.length) }
      const outgoing = request(new URL(path, server), { agent, method, headers }, (incoming) => {
        let text = ''
        const done = (): void => resolve(replyOf(incoming.statusCode ?? 0, incoming.headers, text))
        incoming.setEncoding('utf8').on('data', (more: string) => {
          if (onText === undefined || incoming.statusCode !== 200) text += more
          else if (onText(more)) {
            done()
            outgoing.destroy()
          }
        })
        incoming.on('end', done)
        incoming.on('error', reject)
      })
      outgoing.on('error', reject)
      outgoing.end(bytes)
    })
}

/** A member somewhere inside, or undefined: `at(pod, 'metadata', 'labels', 'a')`. */
export function at(value: Json | undefined, ...path: (string | number)[]): Json | undefined {
  let found: Json | undefined = value
  for (const step of path) {
    if (found === null || typeof found !== 'object') return undefined
    found = Array.isArray(found) ? found[Number(step)] : found[step]
  }
  return found
}

/** The same as text; empty when it is neither a text nor a number. */
export function textAt(value: Json | undefined, ...path: (string | number)[]): string {
  const found = at(value, ...path)
  return typeof found === 'string' || typeof found === 'number' ? String(found) : ''
}

/** Names of a list's items, or of watched objects. */
export function namesIn(list: JsonObject): string[] {
  const items = list['items']
  return Array.isArray(items) ? items.map((item) => textAt(item, 'metadata', 'name')) : []
}

export function configMap(name: string, more: JsonObject = {}): JsonObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, ...more }
}

export const mergePatch = { type: 'application/merge-patch+json' }
export const jsonPatch = { type: 'application/json-patch+json' }
export const strategicPatch = { type: 'application/strategic-merge-patch+json' }
export const applyPatch = { type: 'application/apply-patch+yaml' }
