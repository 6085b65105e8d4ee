/** The bench's end of an engine's process. */

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { BenchContext } from '../context.ts'
import type { CommandName, HostReply, HostRequest, ParametersOf, ResultOf } from './host-commands.ts'

export interface EngineProcess {
  /** `https://127.0.0.1:PORT` */
  server: string
  /** Path of the administrator's kubeconfig. */
  kubeconfig: string
  call<Name extends CommandName>(command: Name, parameters: ParametersOf<Name>): Promise<ResultOf<Name>>
  /** Ends the machines and the engine. */
  close(): Promise<void>
}

export interface EngineProcessOptions {
  dataDir: string
  driver: 'qemu' | 'simulated'
}

const program = fileURLToPath(new URL('../engine-host.ts', import.meta.url))

export async function startEngineProcess(
  context: BenchContext,
  { dataDir, driver }: EngineProcessOptions,
): Promise<EngineProcess> {
  const profile =
    context.profileDirectory === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${context.profileDirectory}`]
  const child = fork(program, [dataDir, driver], { execArgv: ['--expose-gc', ...profile] })
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  const ready = Promise.withResolvers<unknown>()
  waiting.set(0, ready)
  let nextId = 1
  child.on('message', (reply: HostReply) => {
    const asked = waiting.get(reply.id)
    waiting.delete(reply.id)
    if (reply.error === undefined) asked?.resolve(reply.result)
    else asked?.reject(new Error(`in the engine's process: ${reply.error}`))
  })
  const exited = untilExit()
  async function untilExit(): Promise<void> {
    const [code]: unknown[] = await once(child, 'exit')
    for (const asked of waiting.values())
      asked.reject(new Error(`the engine's process ended with code ${String(code)}`))
    waiting.clear()
  }

  function send(request: HostRequest): Promise<unknown> {
    const asked = Promise.withResolvers<unknown>()
    waiting.set(request.id, asked)
    child.send(request)
    return asked.promise
  }

  const takeId = (): number => {
    nextId += 1
    return nextId - 1
  }
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => {
    closing ??= (async () => {
      if (child.connected) {
        await send({ id: takeId(), command: 'close' })
        child.disconnect()
      }
      await exited
    })()
    return closing
  }
  context.atEnd(close)
  // Sent by engine-host.ts as its first message.
  const { server, kubeconfig } = (await ready.promise) as { server: string; kubeconfig: string }
  return {
    server,
    kubeconfig,
    // The command table ties results to names; the process boundary forgets it.
    call: <Name extends CommandName>(command: Name, parameters: ParametersOf<Name>) =>
      send({ id: takeId(), command, parameters } as HostRequest) as Promise<ResultOf<Name>>,
    close,
  }
}
