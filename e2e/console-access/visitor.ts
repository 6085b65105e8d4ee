/** A browser without a page: one visitor of a console, who sends exactly what a test says, over real sockets. */

import { once } from 'node:events'
import { request as httpRequest, type Agent, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import type { SessionInfo, SignIn } from '@berth/view'
import { WebSocket } from 'ws'

export interface Answer {
  code: number
  headers: IncomingHttpHeaders
  text: string
  json(): unknown
  /** Message of a Status. */
  message: string
}

export interface Ask {
  method?: string
  body?: string | object
  /** Over those a page would send; undefined leaves one out. */
  headers?: Record<string, string | undefined>
  signal?: AbortSignal
  /** Hears the body as it comes. */
  heard?: (text: string) => void
}

export interface Closed {
  code: number
  reason: string
}

export class Visitor {
  readonly url: string
  /** Every visitor comes from an address of their own, so that one who guesses hinders no other. */
  readonly address: string
  cookie = ''
  csrf = ''
  /** Kept connections, for who asks a lot; a new one for each request otherwise. */
  agent: Agent | false = false

  constructor(url: string, address = '127.0.0.1') {
    this.url = url
    this.address = address
  }

  /** The code of a one-time link. */
  static codeOf(link: string): string {
    return new URLSearchParams(new URL(link).hash.slice(1)).get('code') ?? ''
  }

  async ask(path: string, { method = 'GET', body, headers = {}, signal, heard }: Ask = {}): Promise<Answer> {
    const changing = method !== 'GET' && method !== 'HEAD'
    const wanted: Record<string, string | undefined> = {
      ...(this.cookie === '' ? {} : { cookie: this.cookie }),
      ...(changing ? { origin: this.url, 'x-berth-csrf': this.csrf } : {}),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    }
    const sent = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined && value !== ''))
    const { hostname, port } = new URL(this.url)
    const outgoing = httpRequest({
      hostname,
      port,
      // Sent as it is, `..` and all.
      path,
      method,
      headers: sent as Record<string, string>, // undefined ones are filtered out above
      localAddress: this.address,
      agent: this.agent,
      ...(signal === undefined ? {} : { signal }),
    })
    // A server that refuses a body does not read all of it.
    outgoing.on('error', () => {})
    outgoing.end(typeof body === 'object' ? JSON.stringify(body) : body)
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage] // the event's only argument
    let text = ''
    for await (const chunk of answer.setEncoding('utf8')) {
      text += String(chunk)
      heard?.(text)
    }
    const json = (): unknown => JSON.parse(text)
    return {
      code: answer.statusCode ?? 0,
      headers: answer.headers,
      text,
      json,
      get message() {
        const status = json()
        return typeof status === 'object' && status !== null && 'message' in status ? String(status.message) : ''
      },
    }
  }

  /** Signs in and keeps the cookie as a browser would. */
  async signIn(how: SignIn): Promise<Answer> {
    const answer = await this.ask('/api/session', { method: 'POST', body: how })
    this.take(answer)
    return answer
  }

  /** Keeps cookie and CSRF token of an answer that has a session in it. */
  take(answer: Answer): void {
    const [set] = answer.headers['set-cookie'] ?? []
    if (answer.code !== 200 || set === undefined) return
    this.cookie = set.split(';', 1)[0] ?? ''
    this.csrf = (answer.json() as SessionInfo).csrf
  }

  async session(): Promise<SessionInfo> {
    const answer = await this.ask('/api/session')
    if (answer.code !== 200) throw new Error(`not signed in: ${answer.text}`)
    return answer.json() as SessionInfo // the shape the page is built against
  }

  /** The API of cluster `local`. */
  cluster(path: string, ask?: Ask): Promise<Answer> {
    return this.ask(`/api/clusters/local/k8s/${path}`, ask)
  }

  socket(
    path: string,
    { protocols = [], headers = {} }: { protocols?: string[]; headers?: Record<string, string> } = {},
  ): WebSocket {
    return new WebSocket(this.url.replace('http', 'ws') + path, protocols, {
      headers: { origin: this.url, ...(this.cookie === '' ? {} : { cookie: this.cookie }), ...headers },
      localAddress: this.address,
    })
  }

  live(headers: Record<string, string> = {}): WebSocket {
    return this.socket('/api/live', { protocols: ['live.berth.dev'], headers })
  }
}

export function closed(socket: WebSocket): Promise<Closed> {
  return new Promise((resolve) => {
    socket.on('error', () => {})
    socket.once('close', (code, reason) => resolve({ code, reason: reason.toString('utf8') }))
  })
}

/** Of a handshake that is refused: the HTTP code. */
export function refusal(socket: WebSocket): Promise<number> {
  return new Promise((resolve, reject) => {
    socket.on('error', () => {})
    socket.once('open', () => reject(new Error('the socket was opened')))
    socket.once('unexpected-response', (_request, answer) => resolve(answer.statusCode ?? 0))
  })
}
