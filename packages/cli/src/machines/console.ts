/** The terminal joined to a machine's serial console. */

import type { Duplex } from 'node:stream'
import { StreamClosedError } from '@berth/kube'
import { CliError } from '../failure.ts'
import type { Terminal } from '../terminal.ts'

/** Ctrl+], as telnet, virsh and virtctl end a console. */
const escapeByte = 0x1d

/** Joins until the server ends the stream or the person types Ctrl+]. */
export async function joinConsole(terminal: Terminal, stream: Duplex, signal: AbortSignal): Promise<void> {
  const { stdin, stdout } = terminal
  const raw = stdin.isTTY === true && stdin.setRawMode !== undefined
  if (raw) stdin.setRawMode?.(true)
  const onInput = (chunk: Buffer): void => {
    const escape = raw ? chunk.indexOf(escapeByte) : -1
    if (escape < 0) {
      if (!stream.write(chunk)) stdin.pause()
      return
    }
    stream.write(chunk.subarray(0, escape))
    stream.end()
    stdin.pause()
  }
  const onDrain = (): void => void stdin.resume()
  const onAbort = (): void => void stream.end()
  stdin.on('data', onInput)
  stream.on('drain', onDrain)
  signal.addEventListener('abort', onAbort, { once: true })
  stdin.resume()
  try {
    // The guest's bytes go out as they are: a console is meant to move the cursor.
    for await (const chunk of stream) {
      stdout.write(chunk as Buffer)
      await stdout.ready()
    }
  } catch (error) {
    throw error instanceof StreamClosedError && error.closeCode === 1006 ? takenOver(error) : error
  } finally {
    signal.removeEventListener('abort', onAbort)
    stdin.off('data', onInput)
    stdin.pause()
    if (raw) stdin.setRawMode?.(false)
  }
}

function takenOver(cause: Error): CliError {
  return new CliError('Failed', 'the console was disconnected', {
    cause,
    remedy: 'Either the VM stopped, or another session took the console over: there is one at a time.',
  })
}
