/** Everything a command works with besides its own input, so that tests can pass another world. */

import type { Clock } from '@berth/base'
import type { Client } from '@berth/kube'
import type { ConsolePort } from './console-port.ts'
import type { EnginePort } from './engine-port.ts'
import type { Progress } from './output/progress.ts'
import type { Spell } from './suggestion.ts'
import type { Style, Terminal } from './terminal.ts'

/** A server to talk to, and the namespace that counts when none is named. */
export interface Session {
  client: Client
  namespace: string
  /** Where the connection comes from, for messages: a kubeconfig's path and context. */
  origin: string
  /** How its certificate is checked, for other doors of the same server. */
  trust?: { ca?: string; insecure: boolean }
}

export interface ConnectOptions {
  kubeconfig?: string
  context?: string
  namespace?: string
}

export interface CommandContext {
  terminal: Terminal
  style: Style
  progress: Progress
  clock: Clock
  random: () => number
  environment: NodeJS.ProcessEnv
  /** What the program is called here: `berth`, `./berth`. */
  program: string
  /** Makes commands named in a text ones that can be pasted; failures pass through it by themselves. */
  spell: Spell
  /** Aborted by Ctrl-C and SIGTERM. */
  signal: AbortSignal
  /** The embedded engine's data directory when no option names one. */
  dataDirectory: string
  homeDirectory: string
  connect(this: void, options: ConnectOptions): Promise<Session>
  engine(this: void): Promise<EnginePort>
  consoleServer(this: void): Promise<ConsolePort>
}
