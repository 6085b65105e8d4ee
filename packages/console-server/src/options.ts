/** What a console is started with. */

import type { Clock, Logger } from '@berth/base'
import type { ClusterOptions } from './clusters/connect-cluster.ts'

export interface ConsoleOptions {
  clusters: readonly ClusterOptions[]
  listen: {
    host: string
    /** 0 picks a free one. */
    port: number
  }
  /** PEM. Required unless `host` is a loopback address. */
  tls?: { cert: string; key: string }
  /** Private folder (0700): users, sessions, one-time codes, preferences, the key that signs cookies. */
  dataDirectory: string
  /** Where the built page lies. */
  assets: string
  /** More addresses that people reach it under: `https://berth.example.org`. */
  publicUrls?: readonly string[]
  /**
   * Who may sign in. `engine`: local users, one-time links, tokens. `owner`: whoever has a one-time link acts with the credentials of the
   * contexts. `tokens`: people with tokens of their own only.
   */
  signIn: 'engine' | 'owner' | 'tokens'
  logger: Logger
  clock: Clock
  /** The command a person types: `./berth`. */
  command: string
  version: string
}

export interface Console {
  /** Where a browser opens it. */
  readonly url: string
  /** A link that signs in once. @throws {ConsoleError} BadOptions where links sign nobody in */
  newSignInLink(): Promise<string>
  close(): Promise<void>
}
