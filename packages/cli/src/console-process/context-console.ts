/** A console for contexts of a kubeconfig: each a cluster, reached with the person's own credentials, or with tokens people bring. */

import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { connectionOf, loadKubeconfig, type CredentialOptions, type Kubeconfig } from '@berth/kube'
import { findKubeconfig } from '../connection/find-kubeconfig.ts'
import type { ClusterOptions } from '../console-port.ts'
import type { CommandContext } from '../context.ts'
import { CliError } from '../failure.ts'
import type { Input } from '../input.ts'
import { stateDirectory } from '../locations.ts'
import { defaultConsoleAddress, parseAddress } from './address.ts'
import { prometheusOf } from './prometheus-option.ts'
import { certificateOf, type ServeOptions } from './serve.ts'

export async function contextConsole(input: Input, context: CommandContext): Promise<ServeOptions> {
  const { environment, homeDirectory } = context
  const dataDirectory = input.text('dataDir') ?? context.dataDirectory
  const choice = await findKubeconfig({ given: input.text('kubeconfig'), environment, dataDirectory, homeDirectory })
  const config = await loadKubeconfig(choice.paths, { optional: choice.optional })
  const shared = input.flag('shared')
  const found = await clustersOf(config, {
    names: input.texts('context'),
    credentials: shared ? 'none' : 'context',
    load: () => loadKubeconfig(choice.paths, { optional: choice.optional }),
  })
  const sources = prometheusOf(
    input.texts('prometheus'),
    found.map(({ name }) => name),
  )
  const clusters = found.map((cluster): ClusterOptions => {
    const server = sources.get(cluster.name)
    return server === undefined ? cluster : { ...cluster, prometheus: { server } }
  })
  const listen = input.text('consoleListen') ?? defaultConsoleAddress
  parseAddress(listen, '--console-listen')
  const tls = await certificateOf(input)
  // Sessions of one set of clusters are nothing for another.
  const name = createHash('sha256')
    .update(clusters.map(({ id }) => id).join('\0'))
    .digest('hex')
    .slice(0, 12)
  const directory = join(stateDirectory(environment, homeDirectory), 'console', `${shared ? 'shared-' : ''}${name}`)
  return {
    clusters,
    signIn: shared ? 'tokens' : 'owner',
    directory,
    logFile: join(directory, 'console.log'),
    listen,
    ...(tls === undefined ? {} : { tls }),
    publicUrls: input.texts('publicUrl'),
  }
}

async function clustersOf(
  config: Kubeconfig,
  options: {
    names: readonly string[]
    credentials: 'context' | 'none'
    load: () => Promise<Kubeconfig>
  },
): Promise<ClusterOptions[]> {
  const { credentials, load } = options
  const names: (string | undefined)[] = options.names.length === 0 ? [undefined] : [...new Set(options.names)]
  const ids = new Set<string>()
  const clusters: ClusterOptions[] = []
  for (const name of names) {
    // Read now, so that a context that is wrong is told before anything listens.
    const found = await connectionOf(config, name)
    clusters.push({
      id: idOf(found.context, ids),
      name: found.context,
      kind: 'kubernetes',
      namespace: found.namespace,
      credentials,
      connection: async () => (await connectionOf(await load(), found.context)).connection,
      credentialOptions: credentialCommands,
    })
  }
  return clusters
}

const credentialCommands: CredentialOptions = {
  interactive: false,
  async runPlugin(invocation) {
    const { runCredentialCommand } = await import('../process/credential-command.ts')
    return runCredentialCommand(invocation)
  },
}

/** Names of contexts hold what no URL should: `admin@prod/eu`. */
function idOf(name: string, taken: Set<string>): string {
  const plain = name.replaceAll(/[^A-Za-z0-9._-]+/g, '-').slice(0, 60) || 'cluster'
  for (let count = 1; count < 1000; count++) {
    const id = count === 1 ? plain : `${plain}-${count}`
    if (taken.has(id)) continue
    taken.add(id)
    return id
  }
  throw new CliError('Usage', `too many contexts like "${name}"`)
}
