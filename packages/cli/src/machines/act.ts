/** start, stop, pause, reset and the like: a subresource call, then waiting until it has happened. */

import { StatusError, type JsonObject } from '@berth/meta'
import { pathOf, type Client } from '@berth/kube'
import type { CommandContext } from '../context.ts'
import { session } from '../connection/options.ts'
import { CliError } from '../failure.ts'
import type { Input } from '../input.ts'
import type { MachineAction } from './actions.ts'
import { findInstance, getInstance, getMachine } from './find.ts'
import { subresourceVersion, type MachineTarget } from './target.ts'
import { waitForMachine } from './wait-for.ts'

export async function act(
  action: MachineAction,
  input: Input,
  context: CommandContext,
  body: JsonObject,
): Promise<void> {
  const { client, namespace } = await session(input, context)
  const target = { namespace, name: input.arg(0) }
  // A missing VM gets the same words whatever the subresource would say.
  if (action.parent === 'virtualmachines') await getMachine(client, target)
  // Pausing needs something that runs.
  else await getInstance(client, target)
  const previousUid = (await findInstance(client, target))?.metadata.uid
  try {
    await callMachine(client, action, target, body)
  } catch (error) {
    throw refusal(error, action, target)
  }
  const { goal } = action
  if (goal === undefined) {
    context.terminal.stdout.write(`VM "${target.name}" ${action.done}\n`)
    return
  }
  if (!input.flag('wait')) {
    context.terminal.stdout.write(`VM "${target.name}": ${action.verb} requested\n`)
    return
  }
  await waitForMachine(context, client, {
    target,
    goal: goal === 'restarted' ? { state: 'restarted', previousUid } : { state: goal },
    timeoutMs: input.duration('timeout') ?? 300_000,
    text: `${action.doing} VM "${target.name}"`,
    doneText: `VM "${target.name}" ${action.done}`,
  })
  const hint = action.hint?.(target.name)
  if (hint !== undefined) context.terminal.stderr.write(context.spell(`next: ${hint}\n`))
}

/** The server's reason without the envelope that API clients need around it. */
function refusal(error: unknown, { verb }: MachineAction, { name }: MachineTarget): unknown {
  if (!(error instanceof StatusError && error.code === 'Conflict')) return error
  const reason = error.message.replace(/^Operation cannot be fulfilled on \S+ "[^"]*": /, '')
  return new CliError('Refused', `cannot ${verb} VM "${name}": ${reason}`, {
    cause: error,
    remedy: `See its present state with \`berth vm describe ${name}\`.`,
  })
}

export async function callMachine(
  client: Client,
  { verb, parent }: Pick<MachineAction, 'verb' | 'parent'>,
  target: MachineTarget,
  body: JsonObject,
): Promise<void> {
  const path = pathOf({ ...subresourceVersion, resource: parent }, { ...target, subresource: verb })
  await client.raw({ method: 'PUT', path, body })
}
