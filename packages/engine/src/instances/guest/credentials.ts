/**
 * Carries keys and passwords from Secrets into running guests through their agent. Changes of a Secret are picked up within 15 s; every
 * five minutes all is set again, whatever the guest made of it meanwhile. Source: KubeVirt's access credential manager.
 */

import { messageOf } from '@berth/base'
import type { AccessCredential, VirtualMachineInstance } from '@berth/api'
import { DriverError, type Domain } from '@berth/hypervisor'
import { keyOf, secrets, type Client, type Secret } from '@berth/kube'
import type { EngineServices } from '../../services.ts'

const lookEveryMs = 15_000
const resyncEveryMs = 300_000

export interface CredentialResult {
  succeeded: boolean
  message: string
}

interface Entry {
  instance: Readonly<VirtualMachineInstance>
  domain: Domain
  result: CredentialResult | undefined
  /** Versions of the Secrets that were set last, and when. */
  set: { versions: string; at: number } | undefined
  toldOfOldWay: boolean
  cancel: () => void
}

export class Credentials {
  readonly #services: Pick<EngineServices, 'clock' | 'client'>
  readonly #changed: (key: string) => void
  readonly #oldWay: (instance: Readonly<VirtualMachineInstance>) => void
  readonly #entries = new Map<string, Entry>()

  /** @param parts.oldWay called once where an agent is too old to have a command for keys */
  constructor(parts: {
    services: Pick<EngineServices, 'clock' | 'client'>
    changed: (key: string) => void
    oldWay: (instance: Readonly<VirtualMachineInstance>) => void
  }) {
    this.#services = parts.services
    this.#changed = parts.changed
    this.#oldWay = parts.oldWay
  }

  /** How the last round ended; undefined before the first, and without credentials that go through the agent. */
  observe(instance: Readonly<VirtualMachineInstance>, domain: Domain): CredentialResult | undefined {
    if (throughAgent(instance).length === 0) return undefined
    const key = keyOf(instance)
    const known = this.#entries.get(key)
    if (known?.domain === domain) {
      known.instance = instance
      return known.result
    }
    this.forget(key)
    const entry: Entry = {
      instance,
      domain,
      result: undefined,
      set: undefined,
      toldOfOldWay: false,
      cancel: () => {},
    }
    this.#entries.set(key, entry)
    entry.cancel = this.#services.clock.after(0, () => void this.#round(key, entry))
    return undefined
  }

  forget(key: string): void {
    this.#entries.get(key)?.cancel()
    this.#entries.delete(key)
  }

  stop(): void {
    for (const key of this.#entries.keys()) this.forget(key)
  }

  async #round(key: string, entry: Entry): Promise<void> {
    // A machine that stands still answers nothing, and is not to blame.
    if (entry.domain.status.state === 'running') {
      const result = await this.#sync(entry)
      if (this.#entries.get(key) !== entry) return
      if (result !== undefined && !sameResult(result, entry.result)) {
        entry.result = result
        this.#changed(key)
      }
    }
    entry.cancel = this.#services.clock.after(lookEveryMs, () => void this.#round(key, entry))
  }

  /** @returns undefined when there was nothing to do */
  async #sync(entry: Entry): Promise<CredentialResult | undefined> {
    const { client, clock } = this.#services
    const { instance, domain } = entry
    try {
      await domain.agent.ping()
    } catch {
      // Starting over when it is back: the guest may be another by then.
      entry.set = undefined
      return { succeeded: false, message: 'Guest agent is offline' }
    }
    try {
      const found = await readSecrets(client, instance)
      const versions = [...found].map(([name, { metadata }]) => `${name}/${metadata.resourceVersion ?? ''}`).join()
      const now = clock.now().getTime()
      if (entry.set?.versions === versions && now - entry.set.at < resyncEveryMs) return undefined
      const oldWay = await apply(instance, domain, found)
      entry.set = { versions, at: now }
      if (oldWay && !entry.toldOfOldWay) this.#oldWay(instance)
      entry.toldOfOldWay = oldWay
      return { succeeded: true, message: '' }
    } catch (error) {
      entry.set = undefined
      return { succeeded: false, message: messageOf(error) }
    }
  }
}

/** Those that the guest's agent carries; others are in the guest from its first boot on. */
function throughAgent({ spec }: Readonly<VirtualMachineInstance>): AccessCredential[] {
  return (spec.accessCredentials ?? []).filter(
    ({ sshPublicKey, userPassword }) =>
      sshPublicKey?.propagationMethod.qemuGuestAgent !== undefined ||
      userPassword?.propagationMethod.qemuGuestAgent !== undefined,
  )
}

function secretOf({ sshPublicKey, userPassword }: AccessCredential): string | undefined {
  return (sshPublicKey ?? userPassword)?.source.secret?.secretName
}

/** @throws {StatusError} NotFound when one is missing */
async function readSecrets(
  client: Client,
  instance: Readonly<VirtualMachineInstance>,
): Promise<Map<string, Readonly<Secret>>> {
  const { namespace = '' } = instance.metadata
  const names = [...new Set(throughAgent(instance).map(secretOf))].filter((name) => name !== undefined)
  const found = await Promise.all(names.map((name) => client.get(secrets, { namespace, name })))
  return new Map(found.map((secret) => [secret.metadata.name ?? '', secret]))
}

/** @returns whether keys had to be written into a file */
async function apply(
  instance: Readonly<VirtualMachineInstance>,
  domain: Domain,
  found: ReadonlyMap<string, Readonly<Secret>>,
): Promise<boolean> {
  const keys = new Map<string, string[]>()
  const passwords = new Map<string, string>()
  for (const credential of throughAgent(instance)) {
    const secret = found.get(secretOf(credential) ?? '')
    if (secret === undefined) continue
    const users = credential.sshPublicKey?.propagationMethod.qemuGuestAgent?.users ?? []
    for (const user of users) keys.set(user, [...(keys.get(user) ?? []), ...keysIn(secret)])
    if (credential.userPassword === undefined) continue
    for (const [user, text] of textsIn(secret)) if (text.trim() !== '') passwords.set(user, text.trim())
  }
  let oldWay = false
  for (const [user, list] of keys) {
    const done = await saying(`Error encountered writing ssh pub key access credentials for user [${user}]`, () =>
      domain.agent.setAuthorizedKeys(user, list),
    )
    oldWay ||= done.oldWay
  }
  for (const [user, password] of passwords) {
    await saying(`Error encountered setting password for user [${user}]`, () =>
      domain.agent.setPassword(user, password),
    )
  }
  return oldWay
}

/** The keys of a Secret: every line of every entry. */
export function keysIn(secret: Readonly<Secret>): string[] {
  return textsIn(secret)
    .flatMap(([, text]) => text.split('\n'))
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

function textsIn({ data = {} }: Readonly<Secret>): [string, string][] {
  return Object.entries(data)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, encoded]) => [name, Buffer.from(encoded, 'base64').toString('utf8')])
}

async function saying<T>(words: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (error) {
    if (!(error instanceof DriverError)) throw error
    throw new DriverError(error.code, `${words}: ${error.message}`, { cause: error })
  }
}

function sameResult(left: CredentialResult, right: CredentialResult | undefined): boolean {
  return left.succeeded === right?.succeeded && left.message === right.message
}
