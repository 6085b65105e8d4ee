/** A root shell in the built-in guest of a real machine, over its serial console. */

import type { Duplex } from 'node:stream'
import type { Client } from '@berth/kube'

const timeoutMs = 90_000

export class GuestConsole {
  readonly #stream: Duplex
  #count = 0

  private constructor(stream: Duplex) {
    this.#stream = stream
  }

  /** Resolves when the guest's shell answers. */
  static async open(client: Client, machine: string): Promise<GuestConsole> {
    const path = `/apis/subresources.kubevirt.io/v1/namespaces/default/virtualmachineinstances/${machine}/console`
    const stream = await client.transport.upgrade({ path, protocol: 'plain.kubevirt.io' })
    // Ended with its engine.
    stream.on('error', () => {})
    const console = new GuestConsole(stream)
    // A guest that boots loses what is typed too early.
    stream.write('\n')
    await console.#printed(/root@[^ ]*# /)
    await console.run('true')
    return console
  }

  /** @returns what the command line printed */
  async run(command: string): Promise<string> {
    this.#count += 1
    const mark = `mark-${process.pid}-${this.#count}`
    // The quotes keep the echo of what is typed from looking like what is printed.
    this.#stream.write(`echo ma""${mark.slice(2)}-a; ${command}; echo ma""${mark.slice(2)}-b\n`)
    const seen = await this.#printed(new RegExp(`${mark}-b\r\n`))
    return seen.slice(seen.indexOf(`${mark}-a\r\n`) + mark.length + 4, seen.indexOf(`${mark}-b\r\n`)).trim()
  }

  close(): void {
    this.#stream.destroy()
  }

  #printed(text: RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
      let seen = ''
      const end = (settle: () => void): void => {
        clearTimeout(timer)
        this.#stream.off('data', look).off('close', gone)
        settle()
      }
      const fail = (why: string): void =>
        end(() => reject(new Error(`${why} before the guest printed ${String(text)}: ${seen.slice(-2000)}`)))
      const look = (chunk: Buffer): void => {
        seen += chunk.toString('latin1')
        if (text.test(seen)) end(() => resolve(seen))
      }
      const gone = (): void => fail('the console ended')
      const timer = setTimeout(() => fail(`${timeoutMs / 1000} s passed`), timeoutMs)
      this.#stream.on('data', look).on('close', gone)
    })
  }
}
