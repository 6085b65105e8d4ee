/** Reads consoles until they have printed what a test waits for. For tests. */

import type { Duplex } from 'node:stream'
import type { Domain } from '../driver.ts'

/** Waits until the serial log holds `text`. */
export async function untilLogged(domain: Domain, text: string): Promise<string> {
  const stop = new AbortController()
  let seen = ''
  for await (const piece of domain.serialLog({ follow: true, signal: stop.signal })) {
    seen += Buffer.from(piece).toString('latin1')
    if (seen.includes(text)) return seen
  }
  throw new Error(`${domain.id} ended without printing "${text}": ${seen.slice(-2000)}`)
}

/** Waits until a stream has given `text`. */
export function untilPrinted(stream: Duplex, text: string | RegExp): Promise<string> {
  const has = (seen: string): boolean => (typeof text === 'string' ? seen.includes(text) : text.test(seen))
  return new Promise((resolve, reject) => {
    let seen = ''
    const finish = (settle: () => void): void => {
      stream.off('data', onData).off('close', onClose)
      stream.pause()
      settle()
    }
    const onData = (chunk: Buffer): void => {
      seen += chunk.toString('latin1')
      if (has(seen)) finish(() => resolve(seen))
    }
    const onClose = (): void =>
      finish(() => reject(new Error(`the stream ended before "${String(text)}": ${seen.slice(-2000)}`)))
    stream.on('data', onData).on('close', onClose)
    stream.resume()
  })
}

/** Types a line into a guest's shell and waits for a mark that only its output has. */
export async function runInGuest(serial: Duplex, command: string): Promise<string> {
  const mark = `done-${Math.random().toString(36).slice(2)}`
  // The quotes keep the echo of the line from looking like its output.
  serial.write(`${command}; echo ${mark.slice(0, 4)}""${mark.slice(4)}\n`)
  return untilPrinted(serial, `${mark}\r\n`)
}

/** Waits until a guest has the address its network gives it. */
export async function untilOnline(domain: Domain): Promise<void> {
  const serial = await domain.openSerial()
  await runInGuest(serial, 'until ip addr show eth0 | grep -q "inet "; do usleep 50000; done')
  serial.destroy()
}
