/** The options of every command that talks to a server. */

import type { OptionSpec } from '../command.ts'
import type { CommandContext, ConnectOptions, Session } from '../context.ts'
import type { Input } from '../input.ts'

export const connectionOptions: readonly OptionSpec[] = [
  { flags: '--kubeconfig FILE', summary: 'the kubeconfig to use', completion: 'file' },
  { flags: '--context NAME', summary: 'the context in it', completion: 'context' },
  { flags: '-n, --namespace NAME', summary: 'the namespace to look in', completion: 'namespace' },
]

export const allNamespacesOption: OptionSpec = { flags: '-A, --all-namespaces', summary: 'look in all namespaces' }

export const dataDirectoryOption: OptionSpec = {
  flags: '--data-dir DIRECTORY',
  summary: "the local engine's data directory",
  completion: 'file',
}

export function session(input: Input, context: CommandContext): Promise<Session> {
  return context.connect(connectOptions(input))
}

export function connectOptions(input: Input): ConnectOptions {
  const kubeconfig = input.text('kubeconfig')
  const named = input.text('context')
  const namespace = input.text('namespace')
  return {
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(named === undefined ? {} : { context: named }),
    ...(namespace === undefined ? {} : { namespace }),
  }
}

/** The same options again, for a command line that `berth` starts itself. */
export function connectionArguments(input: Input): string[] {
  return Object.entries(connectOptions(input)).flatMap(([name, value]) => [`--${name}`, String(value)])
}
