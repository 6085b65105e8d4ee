/** `berth vm snapshot`. */

import { newSnapshot } from '@berth/view'
import { session } from '../connection/options.ts'
import type { CommandContext } from '../context.ts'
import type { Input } from '../input.ts'
import { getMachine } from '../machines/find.ts'
import { snapshots } from './kinds.ts'
import { stamped } from './names.ts'
import { consistency } from './snapshot-rows.ts'
import { waitForObject } from './wait-for-object.ts'

export async function takeSnapshot(input: Input, context: CommandContext): Promise<void> {
  const { client, namespace } = await session(input, context)
  const machine = input.arg(0)
  await getMachine(client, { namespace, name: machine })
  const name = input.args[1] ?? stamped(machine, context.clock.now())
  const note = input.text('note')
  const deadline = input.text('deadline')
  const wish = {
    namespace,
    machine,
    name,
    ...(note === undefined ? {} : { note }),
    ...(deadline === undefined ? {} : { deadline }),
  }
  // Durations that no server would take are told before anything is made.
  input.duration('deadline')
  await client.create(snapshots, newSnapshot(wish))
  if (!input.flag('wait')) return context.terminal.stdout.write(`Snapshot "${name}" of VM "${machine}" requested\n`)
  await waitForObject(context, client, {
    resource: snapshots,
    target: { namespace, name },
    text: `Taking snapshot "${name}" of VM "${machine}"`,
    doneText: ({ status }) => {
      const told = (status?.sourceIndications ?? []).flatMap(({ indication }) => indication ?? [])
      return `Snapshot "${name}" is ready (${consistency({ indications: [...(status?.indications ?? []), ...told], ready: true })})`
    },
    timeoutMs: input.duration('timeout') ?? 300_000,
    remedy: `See \`berth snapshot show ${name}\`.`,
  })
  context.terminal.stderr.write(context.spell(`next: berth vm restore ${machine} --snapshot ${name}\n`))
}
