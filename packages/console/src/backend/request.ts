/** The one door to the server: JSON in and out, the session's token against forged requests, failures as BackendError. */

import { isJsonObject, type Status } from '@berth/meta'
import { BackendError } from './backend-error.ts'

export interface RequestOptions {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Sent as JSON. */
  body?: unknown
  headers?: Readonly<Record<string, string>>
  /** Of the body: a kind of patch. */
  contentType?: string
  query?: Record<string, string | number | boolean | undefined>
  signal?: AbortSignal
}

let csrf = ''
const signedOut = new Set<() => void>()

/** Of the session; every changing request carries it. */
export function setCsrf(value: string): void {
  csrf = value
}

/** For what asks by other means than `request`. */
export function csrfHeaders(): Record<string, string> {
  return { 'x-berth-csrf': csrf }
}

/** Called on a 401: the session may be over, or only the token of one cluster. @returns stops it */
export function onSignedOut(listener: () => void): () => void {
  signedOut.add(listener)
  return () => signedOut.delete(listener)
}

function queryText(query: RequestOptions['query']): string {
  const text = new URLSearchParams()
  for (const [name, value] of Object.entries(query ?? {})) if (value !== undefined) text.set(name, String(value))
  const written = text.toString()
  return written === '' ? '' : `?${written}`
}

/** @throws {BackendError} */
export async function request<Answer>(path: string, options: RequestOptions = {}): Promise<Answer> {
  const method = options.method ?? 'GET'
  const headers: Record<string, string> = { accept: 'application/json', ...options.headers }
  if (options.body !== undefined) headers['content-type'] = options.contentType ?? 'application/json'
  if (method !== 'GET') headers['x-berth-csrf'] = csrf
  let response: Response
  try {
    response = await fetch(path + queryText(options.query), {
      method,
      headers,
      credentials: 'same-origin',
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    })
  } catch (error) {
    if (options.signal?.aborted === true) throw error
    throw new BackendError({ code: 0, reason: 'Unreachable', message: 'The server cannot be reached.', cause: error })
  }
  const text = await response.text()
  if (!response.ok) throw failureOf(response, text)
  // The caller names the shape of what the server answers: both sides share these types.
  return (text === '' ? undefined : parsed(text)) as Answer
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new BackendError({
      code: 0,
      reason: 'Unreadable',
      message: 'The server answered something else than JSON.',
      cause: error,
    })
  }
}

function failureOf(response: Response, text: string): BackendError {
  let status: Status | undefined
  try {
    const body: unknown = JSON.parse(text)
    // Its message is there; everything else of a Status may be missing.
    if (isJsonObject(body) && typeof body['message'] === 'string') status = body as unknown as Status
  } catch {
    // A proxy's page: its code is what there is to say.
  }
  // Of the session itself it is the answer, and a wrong password is no end of one.
  if (response.status === 401 && !response.url.endsWith('/api/session')) for (const listener of signedOut) listener()
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN)
  return new BackendError({
    code: response.status,
    message: status?.message ?? (response.statusText === '' ? `HTTP ${response.status}` : response.statusText),
    ...(status?.reason === undefined ? {} : { reason: status.reason }),
    ...(status === undefined ? {} : { status }),
    ...(Number.isNaN(retryAfter) ? {} : { retryAfter }),
  })
}
