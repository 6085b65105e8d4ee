/** Starts a machine that another command has made or put back. */

import type { Client } from '@berth/kube'
import type { CommandContext } from '../context.ts'
import type { Input } from '../input.ts'
import { callMachine } from './act.ts'
import type { MachineTarget } from './target.ts'
import { waitForMachine } from './wait-for.ts'

export async function startAndWait(
  input: Input,
  context: CommandContext,
  client: Client,
  target: MachineTarget,
): Promise<void> {
  await callMachine(client, { verb: 'start', parent: 'virtualmachines' }, target, {})
  await waitForMachine(context, client, {
    target,
    goal: { state: 'running' },
    timeoutMs: input.duration('timeout') ?? 300_000,
    text: `Starting VM "${target.name}"`,
    doneText: `VM "${target.name}" is running`,
  })
  context.terminal.stderr.write(context.spell(`next: berth vm console ${target.name}\n`))
}
