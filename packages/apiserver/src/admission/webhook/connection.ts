/** HTTPS to one webhook: connections are kept, answers bounded, redirects and proxies not followed. */

import { Agent, request, type RequestOptions } from 'node:https'
import { isIP } from 'node:net'
import type { IncomingMessage } from 'node:http'
import { describeFailure } from './failure-words.ts'
import type { ResolveService } from './services.ts'

export type Endpoint =
  | { kind: 'url'; url: string }
  | { kind: 'service'; namespace: string; name: string; port: number; path: string }

/** Bytes an answer may have: a patch can be as big as the largest object, in base64. */
const maxAnswer = 5 * 1024 * 1024
/** Idle connections kept per webhook. */
const maxIdle = 8

export interface PostOptions {
  body: Buffer
  timeoutSeconds: number
  resolve: ResolveService
  /** Aborted when the client of the API goes away. */
  signal: AbortSignal
}

export class WebhookConnection {
  readonly #endpoint: Endpoint
  readonly #ca: string | undefined
  #agent: Agent | undefined

  /** @param ca PEM; only these authorities are trusted then. The system's own when undefined */
  constructor(endpoint: Endpoint, ca: string | undefined) {
    this.#endpoint = endpoint
    this.#ca = ca
  }

  /**
   * Posts JSON and gives the body of the answer.
   * @throws Error worded as Go's client words it, address included
   */
  async post(options: PostOptions): Promise<Buffer> {
    const url = this.#url()
    url.searchParams.set('timeout', `${options.timeoutSeconds}s`)
    const timeout = AbortSignal.timeout(options.timeoutSeconds * 1000)
    try {
      const target = await this.#target(url, options)
      return await exchange({ ...target, signal: AbortSignal.any([timeout, options.signal]) }, options.body)
    } catch (error) {
      const why = timeout.aborted ? 'context deadline exceeded' : describeFailure(error, url.hostname)
      throw new Error(`Post ${JSON.stringify(this.#shown(url))}: ${why}`, { cause: error })
    }
  }

  close(): void {
    this.#agent?.destroy()
    this.#agent = undefined
  }

  /** With the port of a service even where URLs leave it out. */
  #shown(url: URL): string {
    if (this.#endpoint.kind === 'url') return url.href
    return `https://${url.hostname}:${this.#endpoint.port}${url.pathname}${url.search}`
  }

  #url(): URL {
    const endpoint = this.#endpoint
    if (endpoint.kind === 'url') return new URL(endpoint.url)
    return new URL(`https://${endpoint.name}.${endpoint.namespace}.svc:${endpoint.port}${endpoint.path}`)
  }

  async #target(url: URL, { resolve, body }: PostOptions): Promise<RequestOptions> {
    const hostname = url.hostname.replace(/^\[|\]$/gu, '')
    const port = url.port === '' ? 443 : Number(url.port)
    const address = this.#endpoint.kind === 'service' ? await resolve(this.#endpoint) : { host: hostname, port }
    this.#agent ??= new Agent({
      keepAlive: true,
      maxFreeSockets: maxIdle,
      ...(this.#ca === undefined ? {} : { ca: this.#ca }),
    })
    return {
      ...address,
      agent: this.#agent,
      method: 'POST',
      path: `${url.pathname}${url.search}`,
      headers: {
        host: url.host,
        'content-type': 'application/json',
        accept: 'application/json',
        'content-length': body.length,
      },
      // The certificate is for the name the webhook goes by, wherever that leads. IP addresses are not sent, only checked.
      ...(isIP(hostname) === 0 ? { servername: hostname } : {}),
    }
  }
}

function exchange(options: RequestOptions, body: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const sent = request(options, (answer) => {
      readAnswer(answer).then(resolve, (error: unknown) => {
        sent.destroy()
        reject(error)
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** An answer that is no success; the webhook's own words stay out of it, as they may quote the object. */
export class WebhookStatusError extends Error {
  constructor(code: number) {
    super(
      code >= 500
        ? 'an error on the server ("unknown") has prevented the request from succeeding'
        : `the server answered with status code ${code}`,
    )
    this.name = 'WebhookStatusError'
  }
}

async function readAnswer(answer: IncomingMessage): Promise<Buffer> {
  const { statusCode = 0 } = answer
  if (statusCode < 200 || statusCode > 299) {
    answer.resume()
    if (statusCode === 404) throw new Error('the server could not find the requested resource')
    throw new WebhookStatusError(statusCode)
  }
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of answer) {
    // No encoding is set, so chunks are buffers.
    const bytes = chunk as Buffer
    size += bytes.length
    if (size > maxAnswer) throw new Error(`the answer is longer than ${maxAnswer} bytes`)
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}
