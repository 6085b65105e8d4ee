/** The guest agent of a QEMU machine. Source of the commands: QEMU's docs/interop/qemu-ga-ref. */

import { setTimeout as pause } from 'node:timers/promises'
import { DriverError } from '../driver.ts'
import type {
  GuestAgent,
  GuestCommand,
  GuestCommandResult,
  GuestInfo,
  GuestInfoPart,
  GuestTraffic,
} from '../guest-agent.ts'
import {
  readBoolean,
  readList,
  readNumber,
  readOptionalNumber,
  readOptionalText,
  readRecord,
  readText,
} from '../wire.ts'
import { writeAuthorizedKeys } from './authorized-keys.ts'
import type { AgentClient } from './client.ts'
import { readGuestInfo } from './guest-info.ts'

/** A busy guest writes out all it has first. */
const freezeTimeoutMs = 60_000
/** Between two looks at a command that runs; grows from the first to the second. */
const looksMs = { first: 20, most: 500 }
const maxOutput = 64 * 1024

export class QemuGuestAgent implements GuestAgent {
  readonly #client: AgentClient
  readonly #peer: string
  readonly #isConnected: () => boolean

  constructor(parts: { client: AgentClient; peer: string; isConnected: () => boolean }) {
    this.#client = parts.client
    this.#peer = parts.peer
    this.#isConnected = parts.isConnected
  }

  async ping(timeoutMs?: number): Promise<void> {
    await this.#ask('guest-ping', undefined, timeoutMs)
  }

  async info(parts?: readonly GuestInfoPart[]): Promise<GuestInfo> {
    this.#need()
    return readGuestInfo(this.#client, parts)
  }

  async traffic(): Promise<GuestTraffic[]> {
    const cards = readList(await this.#ask('guest-network-get-interfaces'), 'interfaces', readRecord)
    return cards.flatMap((card, index) => {
      const place = `interfaces[${index}]`
      if (card.statistics === undefined) return []
      const counted = readRecord(card.statistics, `${place}.statistics`)
      const count = (key: string): number => readNumber(counted[key], `${place}.statistics.${key}`)
      const mac = readOptionalText(card['hardware-address'], `${place}.hardware-address`)
      return {
        name: readText(card.name, `${place}.name`),
        ...(mac === undefined ? {} : { mac }),
        receivedBytes: count('rx-bytes'),
        sentBytes: count('tx-bytes'),
        receivedPackets: count('rx-packets'),
        sentPackets: count('tx-packets'),
      }
    })
  }

  async run({ path, args, timeoutMs }: GuestCommand): Promise<GuestCommandResult> {
    const deadline = performance.now() + timeoutMs
    const left = (): number => Math.max(1, Math.min(5000, deadline - performance.now()))
    const started = await this.#ask('guest-exec', { path, arg: args, 'capture-output': true }, left())
    const pid = readNumber(readRecord(started, 'guest-exec').pid, 'guest-exec.pid')
    // Others may talk to the agent between two looks.
    for (let wait = looksMs.first; ; wait = Math.min(looksMs.most, wait * 2)) {
      const status = readRecord(await this.#ask('guest-exec-status', { pid }, left()), 'guest-exec-status')
      if (readBoolean(status.exited, 'guest-exec-status.exited')) {
        return {
          // A command that a signal ended has no code.
          exitCode: readOptionalNumber(status.exitcode, 'exitcode') ?? 128,
          output: decoded(status['out-data']),
          errorOutput: decoded(status['err-data']),
        }
      }
      if (performance.now() >= deadline)
        throw new DriverError('Timeout', `${path} did not end in ${this.#peer} within ${timeoutMs} ms`)
      await pause(Math.min(wait, left()))
    }
  }

  async freeze(): Promise<void> {
    await this.#ask('guest-fsfreeze-freeze', undefined, freezeTimeoutMs)
  }

  async thaw(): Promise<void> {
    await this.#ask('guest-fsfreeze-thaw', undefined, freezeTimeoutMs)
  }

  async isFrozen(): Promise<boolean> {
    return readText(await this.#ask('guest-fsfreeze-status'), 'guest-fsfreeze-status') === 'frozen'
  }

  async setPassword(user: string, password: string): Promise<void> {
    const encoded = Buffer.from(password, 'utf8').toString('base64')
    await this.#ask('guest-set-user-password', { username: checkedUser(user), password: encoded, crypted: false })
  }

  async setAuthorizedKeys(user: string, keys: readonly string[]): Promise<{ oldWay: boolean }> {
    const username = checkedUser(user)
    try {
      await this.#ask('guest-ssh-add-authorized-keys', { username, keys, reset: true })
      return { oldWay: false }
    } catch (error) {
      if (!(error instanceof DriverError && error.code === 'Refused')) throw error
      const ask = (command: string, args: Record<string, unknown>): Promise<unknown> => this.#ask(command, args)
      try {
        await writeAuthorizedKeys({ user, keys, ask, run: (command) => this.run(command) })
      } catch (second) {
        if (!(second instanceof DriverError)) throw second
        throw new DriverError(second.code, `${error.message}; writing the file instead: ${second.message}`, {
          cause: second,
        })
      }
      return { oldWay: true }
    }
  }

  #ask(command: string, args?: Record<string, unknown>, timeoutMs?: number): Promise<unknown> {
    this.#need()
    return this.#client.exchange((ask) => ask(command, args, timeoutMs))
  }

  #need(): void {
    if (this.#isConnected()) return
    throw new DriverError('AgentUnavailable', `no guest agent is connected in ${this.#peer}`, {
      remedy: 'Install and start qemu-guest-agent in the guest.',
    })
  }
}

/** Names go to programs of the guest as arguments: one that looks like an option must not get there. */
function checkedUser(user: string): string {
  if (/^[^\s:/-][^\s:/]{0,63}$/.test(user)) return user
  throw new DriverError('Refused', `"${user.slice(0, 64)}" is no user name of a guest`)
}

function decoded(value: unknown): string {
  if (typeof value !== 'string') return ''
  // Four letters stand for three bytes.
  return Buffer.from(value.slice(0, Math.floor(maxOutput / 3) * 4), 'base64').toString('utf8')
}
