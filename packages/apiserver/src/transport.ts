/**
 * The API server's core speaks these plain requests and answers; HTTP is one way in, a direct call from the same process the
 * other. Both go through the same authorization, admission and limits.
 */

import type { Duplex } from 'node:stream'
import type { StatusError } from '@berth/meta'
import type { UserInfo } from './auth/user.ts'

export interface ApiRequest {
  method: string
  /** Path without the query, still percent-encoded: `/api/v1/namespaces/default/pods`. */
  path: string
  query: URLSearchParams
  /** Lower-case names. */
  headers: Record<string, string | undefined>
  /** Reads the whole body; rejects with 413 past the limit. */
  body(): Promise<Buffer>
  user: UserInfo
  /** Credentials were shown and are not good: the request is answered with this, once the audit log has seen it. */
  refused?: StatusError
  /** Address of the peer without its port; empty when it is gone already, undefined when the request came from this process. */
  remoteAddress?: string
  /** The caller takes a big list as a stream too; without it every list is one buffer. */
  streamsLists?: boolean
  /** True when the client sent `Upgrade: websocket`. */
  upgrade: boolean
  signal: AbortSignal
}

export type ApiAnswer =
  | { kind: 'full'; code: number; headers: Record<string, string | string[]>; body: Buffer | string }
  /** A watch or a log: pulled with back-pressure; ends when the iterable does or the request's signal aborts. */
  | { kind: 'stream'; code: number; headers: Record<string, string | string[]>; body: AsyncIterable<Uint8Array> }
  | {
      kind: 'upgrade'
      /** Sub-protocol the client must have offered, when it offers any; empty takes the first one it offers. */
      protocol: string
      /** What a write becomes; binary unless given. */
      frames?: 'binary' | 'text'
      /** Each message of the client is one chunk, as each write is one message: the channel is in object mode. */
      messages?: boolean
      keepAliveMs?: number
      open(channel: Duplex): void
      /** Called instead of `open` when the handshake fails or the client is gone by then. */
      abandon?(): void
    }

/** Never rejects: failures are answers with a Status body. */
export type ApiHandler = (request: ApiRequest) => Promise<ApiAnswer>
