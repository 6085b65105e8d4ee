/** The agent of a simulated guest: always obliging, and with what it was told to be looked at by tests. */

import { DriverError, type DomainStatus } from '../driver.ts'
import type { GuestAgent, GuestCommand, GuestCommandResult, GuestInfo, GuestTraffic } from '../guest-agent.ts'
import type { DomainSpec } from '../spec/domain.ts'
import { parseCidr } from '../validate/user-network.ts'

const commands = [
  'ping',
  'get-time',
  'info',
  'shutdown',
  'network-get-interfaces',
  'get-fsinfo',
  'get-host-name',
  'get-users',
  'get-timezone',
  'get-osinfo',
  'exec',
  'exec-status',
  'fsfreeze-freeze',
  'fsfreeze-thaw',
  'fsfreeze-status',
  'set-user-password',
  'ssh-get-authorized-keys',
  'ssh-add-authorized-keys',
  'ssh-remove-authorized-keys',
].map((name) => ({ name: `guest-${name}`, enabled: true }))

/** The programs a simulated guest has. */
const programs: Record<string, (args: readonly string[]) => GuestCommandResult> = {
  true: () => ({ exitCode: 0, output: '', errorOutput: '' }),
  false: () => ({ exitCode: 1, output: '', errorOutput: '' }),
  echo: (args) => ({ exitCode: 0, output: `${args.join(' ')}\n`, errorOutput: '' }),
}

export class SimulatedAgent implements GuestAgent {
  readonly #spec: DomainSpec
  readonly #status: () => DomainStatus
  /** What was set, for tests to look at. */
  readonly passwords = new Map<string, string>()
  readonly keys = new Map<string, readonly string[]>()
  #frozen = false

  constructor(spec: DomainSpec, status: () => DomainStatus) {
    this.#spec = spec
    this.#status = status
  }

  async ping(): Promise<void> {
    this.#need()
  }

  async info(): Promise<GuestInfo> {
    this.#need()
    return guestInfoOf(this.#spec)
  }

  async traffic(): Promise<GuestTraffic[]> {
    this.#need()
    const none = { receivedBytes: 0, sentBytes: 0, receivedPackets: 0, sentPackets: 0 }
    return guestInfoOf(this.#spec).interfaces.map(({ name, mac }) => ({
      name,
      ...(mac === undefined ? {} : { mac }),
      ...none,
    }))
  }

  async run({ path, args }: GuestCommand): Promise<GuestCommandResult> {
    this.#need()
    const program = Object.hasOwn(programs, path) ? programs[path] : undefined
    if (program === undefined) throw new DriverError('Refused', `${path} is no program of a simulated guest`)
    return program(args)
  }

  async freeze(): Promise<void> {
    this.#need()
    this.#frozen = true
  }

  async thaw(): Promise<void> {
    this.#need()
    this.#frozen = false
  }

  async isFrozen(): Promise<boolean> {
    this.#need()
    return this.#frozen
  }

  /** The guest has started over. */
  restart(): void {
    this.#frozen = false
  }

  async setPassword(user: string, password: string): Promise<void> {
    this.#need()
    this.passwords.set(user, password)
  }

  async setAuthorizedKeys(user: string, keys: readonly string[]): Promise<{ oldWay: boolean }> {
    this.#need()
    this.keys.set(user, [...keys])
    return { oldWay: false }
  }

  #need(): void {
    const { state, agentConnected } = this.#status()
    if (state !== 'running') throw new DriverError('WrongState', `${this.#spec.id} is ${state}, not running`)
    if (agentConnected) return
    throw new DriverError('AgentUnavailable', `no guest agent is connected in ${this.#spec.id}`, {
      remedy: 'Install and start qemu-guest-agent in the guest.',
    })
  }
}

function guestInfoOf(spec: DomainSpec): GuestInfo {
  return {
    agentVersion: '7.2.0',
    supportedCommands: commands,
    hostname: spec.nics[0]?.network.hostname ?? spec.id,
    os: {
      name: 'Simulated Linux',
      id: 'simulated',
      versionId: '1',
      prettyName: 'Simulated Linux 1',
      machine: 'x86_64',
    },
    timezone: { zone: 'UTC', offset: 0 },
    users: [],
    filesystems: [],
    interfaces: spec.nics.map((nic, index) => {
      const { cidr, guest } = parseCidr(nic.network.cidr, nic.name)
      const prefix = Number(cidr.split('/')[1])
      return { name: `eth${index}`, mac: nic.mac, addresses: [{ ip: guest, prefix, family: 'ipv4' as const }] }
    }),
  }
}
