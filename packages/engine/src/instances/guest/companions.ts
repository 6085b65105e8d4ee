/** All that goes on beside a running machine: its agent is asked, its probes are run, its credentials are kept. */

import { messageOf } from '@berth/base'
import { keepsState, type VirtualMachineInstance } from '@berth/api'
import type { Domain } from '@berth/hypervisor'
import { keyOf, type EventRecorder } from '@berth/kube'
import { instanceOf, type EngineServices } from '../../services.ts'
import type { Seen } from '../running-status.ts'
import { stateClaimOf } from '../state/state-claim.ts'
import { AgentWatch } from './agent-watch.ts'
import { Credentials, type CredentialResult } from './credentials.ts'
import { forgetFreeze } from './freeze.ts'
import { Probes } from './probes.ts'

export class Companions {
  readonly #services: EngineServices
  readonly #events: EventRecorder
  readonly #agents: AgentWatch
  readonly #probes: Probes
  readonly #credentials: Credentials
  readonly #unsubscribe: () => void

  /** @param changed called with an instance's key when something new is known of it */
  constructor(services: EngineServices, events: EventRecorder, changed: (key: string) => void) {
    this.#services = services
    this.#events = events
    this.#agents = new AgentWatch(services, changed)
    this.#probes = new Probes({
      services,
      changed,
      failed: (instance, message) => events.record(instance, { type: 'Warning', reason: 'Unhealthy', message }),
    })
    this.#credentials = new Credentials({
      services,
      changed,
      oldWay: (instance) =>
        events.record(instance, {
          type: 'Warning',
          reason: 'AccessCredentialsSyncSuccess',
          message:
            'Used deprecated method to set SSH keys. It will be removed in a future release. Update qemu guest agent to 5.2 or newer to keep SSH key injection working.',
        }),
    })
    this.#unsubscribe = services.driver.on((event) => {
      const instance = event.type === 'reset' ? instanceOf(services.informers, event.id) : undefined
      if (instance !== undefined) void this.#startedOver(instance)
    })
  }

  /** What is known now; begins to find out at the first call. */
  observe(instance: Readonly<VirtualMachineInstance>, domain: Domain): Omit<Seen, 'sizes' | 'steps'> {
    const { claims } = this.#services.informers
    const credentials = this.#credentials.observe(instance, domain)
    this.#tell(instance, credentials)
    return {
      guest: this.#agents.observe(instance, domain),
      probes: this.#probes.observe(instance, domain),
      credentials,
      claim: (name) => claims.get(instance.metadata.namespace, name),
      state: keepsState(instance.spec) ? stateClaimOf(instance, claims) : undefined,
    }
  }

  forget(key: string): void {
    this.#agents.forget(key)
    this.#probes.forget(key)
    this.#credentials.forget(key)
  }

  stop(): void {
    this.#unsubscribe()
    this.#agents.stop()
    this.#probes.stop()
    this.#credentials.stop()
  }

  /** What the guest said before its reset may not be so any more: its agent is asked anew. */
  async #startedOver(instance: Readonly<VirtualMachineInstance>): Promise<void> {
    this.#agents.forget(keyOf(instance))
    try {
      await forgetFreeze(this.#services, instance)
    } catch (error) {
      const fields = { instance: keyOf(instance), error: messageOf(error) }
      this.#services.logger.warn(fields, 'that a guest holds nothing any more could not be noted')
    }
  }

  /** An event for each change of the condition, in KubeVirt's words. */
  #tell(instance: Readonly<VirtualMachineInstance>, result: CredentialResult | undefined): void {
    if (result === undefined) return
    const before = instance.status?.conditions?.find(({ type }) => type === 'AccessCredentialsSynchronized')
    const { succeeded, message } = result
    if (before?.status === (succeeded ? 'True' : 'False') && (before.message ?? '') === message) return
    this.#events.record(
      instance,
      succeeded
        ? { type: 'Normal', reason: 'AccessCredentialsSyncSuccess', message: 'Access credentials sync successful.' }
        : {
            type: 'Warning',
            reason: 'AccessCredentialsSyncFailed',
            message: `Access credentials sync failed: ${message}`,
          },
    )
  }
}
