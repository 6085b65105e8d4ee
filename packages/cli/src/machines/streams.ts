/** Console, screen and ports of a running machine as byte streams. */

import type { Duplex } from 'node:stream'
import { StatusError } from '@berth/meta'
import { pathOf, wait, type Client } from '@berth/kube'
import type { CommandContext } from '../context.ts'
import { CliError } from '../failure.ts'
import { getMachine } from './find.ts'
import { subresourceVersion, type MachineTarget } from './target.ts'

/** KubeVirt's stream protocol. */
const protocol = 'plain.kubevirt.io'
const retryMs = 1000

export function openStreamOf(
  client: Client,
  target: MachineTarget,
  stream: { subresource: string; signal?: AbortSignal },
): Promise<Duplex> {
  const { subresource, signal } = stream
  const path = pathOf({ ...subresourceVersion, resource: 'virtualmachineinstances' }, { ...target, subresource })
  return client.transport.upgrade({ path, protocol, ...(signal === undefined ? {} : { signal }) })
}

/**
 * Opens a stream of a machine that may still be starting: 400 means "not running yet" (KubeVirt's answer, on which its own client
 * retries too), 404 that the instance is not made yet.
 * @throws {CliError} Timeout, Refused when the machine is not going to run
 */
export async function openWhenRunning(
  context: CommandContext,
  client: Client,
  request: { target: MachineTarget; subresource: string; timeoutMs: number; text: string },
): Promise<Duplex> {
  const { target, subresource, timeoutMs, text } = request
  const { clock, signal } = context
  const endMs = clock.now().getTime() + timeoutMs
  let step: ReturnType<CommandContext['progress']['step']> | undefined
  try {
    for (;;) {
      try {
        const stream = await openStreamOf(client, target, { subresource, signal })
        step?.done()
        return stream
      } catch (error) {
        if (!(error instanceof StatusError && (await isStarting(client, target, error)))) throw error
        if (clock.now().getTime() >= endMs) {
          throw new CliError('Timeout', `VM "${target.name}" did not start in time: ${error.message}`, {
            remedy: `See \`berth vm why ${target.name}\`.`,
            cause: error,
          })
        }
      }
      step ??= context.progress.step(text)
      await wait(clock, retryMs, signal)
    }
  } catch (error) {
    step?.fail()
    throw error
  }
}

async function isStarting(client: Client, target: MachineTarget, error: StatusError): Promise<boolean> {
  if (error.httpCode !== 400 && error.httpCode !== 404) return false
  const { status } = await getMachine(client, target)
  const state = status?.printableStatus
  if (state === 'Stopped' || state === 'Stopping' || state === 'Terminating') {
    throw new CliError('Refused', `VM "${target.name}" does not run: it is ${state}`, {
      remedy: `Start it with \`berth vm start ${target.name}\`.`,
    })
  }
  // A machine that runs and still answers 400 has no such device.
  return state !== 'Running' && state !== 'Paused'
}
