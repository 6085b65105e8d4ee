/** `berth vm clone`. */

import { virtualMachineClones, virtualMachines, type VirtualMachineClone } from '@berth/api'
import { session } from '../connection/options.ts'
import type { CommandContext } from '../context.ts'
import { CliError } from '../failure.ts'
import type { Input } from '../input.ts'
import { getMachine, getOrNothing } from '../machines/find.ts'
import { startAndWait } from '../machines/start-and-wait.ts'
import { stamped } from './names.ts'
import { getSnapshot } from './restore-machine.ts'
import { waitForObject } from './wait-for-object.ts'

export async function cloneMachine(input: Input, context: CommandContext): Promise<void> {
  const { client, namespace } = await session(input, context)
  const [machine, target] = [input.arg(0), input.arg(1)]
  const snapshot = input.text('snapshot')
  if (snapshot === undefined) await getMachine(client, { namespace, name: machine })
  else await getSnapshot(client, { namespace, name: snapshot, machine })
  if ((await getOrNothing(client, virtualMachines, { namespace, name: target })) !== undefined) {
    throw new CliError('Refused', `there is a VM "${target}" already`, { remedy: 'Choose another name.' })
  }
  const name = stamped(`clone-${target}`, context.clock.now())
  const macs = macAddresses(input.texts('mac'))
  const clone: VirtualMachineClone = {
    apiVersion: 'clone.kubevirt.io/v1beta1',
    kind: 'VirtualMachineClone',
    metadata: { name, namespace },
    spec: {
      source:
        snapshot === undefined
          ? { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: machine }
          : { apiGroup: 'snapshot.kubevirt.io', kind: 'VirtualMachineSnapshot', name: snapshot },
      target: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: target },
      ...(macs === undefined ? {} : { newMacAddresses: macs }),
    },
  }
  await client.create(virtualMachineClones, clone)
  if (!input.flag('wait')) return context.terminal.stdout.write(`Clone "${target}" of VM "${machine}" requested\n`)
  await waitForObject(context, client, {
    resource: virtualMachineClones,
    target: { namespace, name },
    text: `Cloning VM "${machine}" as "${target}"`,
    doneText: `VM "${target}" is a copy of "${machine}" with addresses of its own`,
    timeoutMs: input.duration('timeout') ?? 600_000,
    remedy: `See \`kubectl describe vmclone ${name} -n ${namespace}\`.`,
  })
  if (input.flag('start')) return startAndWait(input, context, client, { namespace, name: target })
  context.terminal.stderr.write(context.spell(`next: berth vm start ${target}\n`))
}

/** `default=02:00:00:00:00:01`. @throws {CliError} Usage */
function macAddresses(texts: readonly string[]): Record<string, string> | undefined {
  if (texts.length === 0) return undefined
  return Object.fromEntries(
    texts.map((text) => {
      const mark = text.indexOf('=')
      if (mark < 1) throw new CliError('Usage', `--mac: "${text}" is not INTERFACE=ADDRESS`)
      return [text.slice(0, mark), text.slice(mark + 1)]
    }),
  )
}
