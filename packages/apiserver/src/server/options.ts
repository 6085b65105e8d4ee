/** What an API server is made of, and what it offers. */

import type { Clock, Logger } from '@berth/base'
import type { SchemaSet } from '@berth/meta'
import type { AdmissionPlugin } from '../admission/plugin.ts'
import type { AuditSink } from '../audit/sink.ts'
import type { Authorizer } from '../auth/user.ts'
import type { GroupPresentation } from '../discovery/source.ts'
import type { ResourceDefinition } from '../resource/definition.ts'
import type { ResourceRegistry } from '../resource/registry.ts'
import type { Store } from '../storage/store.ts'
import type { ApiHandler } from '../transport.ts'
import type { ServerMetrics } from '../metrics/metrics.ts'
import type { Authenticator } from './authenticator.ts'
import type { ServerLimits } from './limits.ts'
import type { RandomSource } from './random-source.ts'
import type { RawPath } from './raw-paths.ts'

/** A named condition that /readyz (and /livez for `live: true`) reports. */
export interface HealthCheck {
  name: string
  live?: boolean
  /** Returns or resolves when healthy, throws the reason otherwise. */
  check(): void | Promise<void>
}

/** Something public that is served below a path of its own (`/openid/v1/jwks`). */
export interface PathDocument {
  contentType: string
  body: string
}

export interface ApiServerOptions {
  store: Store
  definitions: readonly ResourceDefinition[]
  schemas: SchemaSet
  /** How discovery shows a group where that differs from its definitions, by group name. */
  presentation?: Readonly<Record<string, GroupPresentation>>
  authenticator: Authenticator
  authorizer: Authorizer
  clock: Clock
  random: RandomSource
  logger: Logger
  /** Asked in this order about every write. */
  admission?: readonly AdmissionPlugin[]
  /** Nothing is kept of requests without one. */
  audit?: AuditSink
  limits?: Partial<ServerLimits>
  healthChecks?: readonly HealthCheck[]
  /** By path; made anew for each request. Who may read them is the authorizer's decision. */
  documents?: Readonly<Record<string, () => PathDocument>>
  /** Served by listeners only, to whoever can show what they ask for themselves. */
  rawPaths?: readonly RawPath[]
  /** `v1.33.0+berth` unless given. */
  gitVersion?: string
}

export interface ListenOptions {
  host: string
  /** 0 picks a free one. */
  port: number
  /** PEM. `ca` signs client certificates. */
  tls: { key: string | Buffer; cert: string | Buffer; ca: string | Buffer }
}

export interface Listener {
  readonly host: string
  readonly port: number
  /** Stops accepting, ends watches and waits for running requests, then cuts what is left. */
  close(): Promise<void>
}

export interface ApiServer {
  /** Serves a request without a socket, with the same authorization, admission and limits. */
  readonly handler: ApiHandler
  readonly registry: ResourceRegistry
  readonly metrics: ServerMetrics
  listen(options: ListenOptions): Promise<Listener>
  /** Closes all listeners and ends all watches; the store is left to its owner. */
  close(): Promise<void>
}
