/** Berth's controllers beside a cluster, in the foreground; and what the cluster needs for them. */

import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { snapshotPolicies } from '@berth/api'
import type { Client } from '@berth/kube'
import { StatusError } from '@berth/meta'
import { session } from '../connection/options.ts'
import type { CommandContext } from '../context.ts'
import { loadControllers, type ControllersPort } from '../controllers-port.ts'
import { CliError } from '../failure.ts'
import type { Input } from '../input.ts'
import { toYaml } from '../output/print-objects.ts'
import { terminalLogger } from './terminal-logger.ts'

export async function runBesideCluster(input: Input, context: CommandContext): Promise<void> {
  const port = await loadControllers()
  const leaseNamespace = input.text('leaseNamespace') ?? 'berth-system'
  const printed = [
    ...(input.flag('printCrds') ? port.customResourceDefinitions() : []),
    ...(input.flag('printRbac') ? port.clusterRights(leaseNamespace) : []),
  ]
  if (printed.length > 0) {
    const texts = await Promise.all(printed.map(toYaml))
    return context.terminal.stdout.write(texts.join('---\n'))
  }
  const { client, origin } = await session(input, context)
  if (input.flag('installCrds')) return install(port, client, context)
  await requireKinds(client, origin)
  const namespace = input.text('namespace')
  const only = input.texts('only')
  const running = only.length === 0 ? port.controllers.map(({ name }) => name) : only
  context.progress.note(`Running beside ${origin}: ${running.join(', ')}. Ctrl-C ends it.`)
  try {
    await port.runControllers({
      client,
      clock: context.clock,
      random: context.random,
      logger: terminalLogger(context),
      identity: `${hostname()}-${randomBytes(4).toString('hex')}`,
      leaseNamespace,
      signal: context.signal,
      ...(namespace === undefined ? {} : { namespace }),
      ...(only.length === 0 ? {} : { only }),
      onLeading: (leading) =>
        context.progress.note(leading ? `Acting now (Lease in ${leaseNamespace})` : 'Not acting any more'),
    })
  } finally {
    await client.transport.close()
  }
}

async function install(port: ControllersPort, client: Client, context: CommandContext): Promise<void> {
  for (const { name, done } of await port.installDefinitions(client)) context.terminal.stdout.write(`${name} ${done}\n`)
  context.terminal.stderr.write(context.spell('next: berth controllers\n'))
}

/** Without them nothing could be watched, and it would look as if nothing happened. @throws {CliError} Refused */
async function requireKinds(client: Client, origin: string): Promise<void> {
  try {
    await client.list(snapshotPolicies, { limit: 1 })
  } catch (error) {
    if (!(error instanceof StatusError && error.code === 'NotFound')) throw error
    throw new CliError('Refused', `the server of ${origin} does not know Berth's kinds`, {
      cause: error,
      remedy: 'Put them there with `berth controllers --install-crds`.',
    })
  }
}
