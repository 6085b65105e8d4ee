/** What is done to a running machine: pause, reset, freeze and the like. When each is allowed is decided in packages/api. */

import {
  checkFreeze,
  checkPause,
  checkReset,
  checkSoftReboot,
  checkUnfreeze,
  checkUnpause,
  internalError,
  type VirtualMachine,
  type VirtualMachineInstance,
} from '@berth/api'
import { DurationError, parseDuration } from '@berth/base'
import { DriverError, type Domain } from '@berth/hypervisor'
import type { JsonObject } from '@berth/meta'
import type { Subresource, SubresourceAnswer } from '@berth/apiserver'
import { freeze, thaw } from '../instances/guest/freeze.ts'
import type { EngineServices } from '../services.ts'
import { bodyOf, isDryRun } from './action-body.ts'
import { findInstance, findMachineIfAny, runningDomain } from './instance-lookup.ts'

const done: SubresourceAnswer = { kind: 'empty', code: 200 }

interface Target {
  instance: VirtualMachineInstance
  domain: Domain
  services: EngineServices
  body: JsonObject
}

interface InstanceAction {
  /** Fields of the body, beside dryRun. */
  fields?: string[]
  check(instance: VirtualMachineInstance, machine: VirtualMachine | undefined): void
  run(target: Target): Promise<void>
  /** What is said of it once it is done. */
  event?: { reason: string; message: string }
  /** What is said when the guest or its machine does not do it. */
  failure?: { reason: string; words: string }
}

export const instanceActions = {
  pause: { check: checkPause, run: ({ domain }) => domain.pause() },
  unpause: { check: checkUnpause, run: ({ domain }) => domain.resume() },
  reset: {
    check: checkReset,
    run: ({ domain }) => domain.reset(),
    event: { reason: 'Reset', message: 'VirtualMachineInstance reset' },
  },
  softreboot: {
    check: checkSoftReboot,
    run: ({ domain }) => domain.softReboot(),
    event: { reason: 'SoftRebooted', message: 'VirtualMachineInstance soft rebooted' },
  },
  freeze: {
    fields: ['unfreezeTimeout'],
    check: checkFreeze,
    run: ({ services, instance, domain, body }) =>
      freeze(services, { instance, domain, timeoutMs: unfreezeTimeout(body) }),
    failure: { reason: 'FreezeError', words: 'Failed to freeze VMI' },
  },
  unfreeze: { check: checkUnfreeze, run: ({ services, instance, domain }) => thaw(services, { instance, domain }) },
} satisfies Record<string, InstanceAction>

export function instanceActionSubresource(
  services: () => EngineServices,
  name: keyof typeof instanceActions,
): Subresource {
  const action: InstanceAction = instanceActions[name]
  return {
    methods: ['PUT'],
    async handle(request) {
      const body = bodyOf(request, action.fields ?? [])
      const [instance, machine] = await Promise.all([
        findInstance(services(), request),
        findMachineIfAny(services(), request),
      ])
      action.check(instance, machine)
      if (isDryRun(request, body)) return done
      const record = (type: 'Normal' | 'Warning', reason: string, message: string): void =>
        services().handlerEvents.record(instance, { type, reason, message })
      try {
        await action.run({ instance, domain: runningDomain(services(), instance), services: services(), body })
      } catch (error) {
        if (!(error instanceof DriverError)) throw error
        const { failure } = action
        if (failure !== undefined) record('Warning', failure.reason, `${failure.words}: ${error.message}`)
        throw internalError(error.message)
      }
      if (action.event !== undefined) record('Normal', action.event.reason, action.event.message)
      return done
    },
  }
}

/** In milliseconds. @throws {StatusError} 500, as KubeVirt's node agent refuses it */
function unfreezeTimeout({ unfreezeTimeout: text }: JsonObject): number {
  if (text === undefined || text === null) throw internalError('Unfreeze timeout in freeze request is not set')
  try {
    if (typeof text === 'string') return Math.max(0, parseDuration(text))
  } catch (error) {
    if (!(error instanceof DurationError)) throw error
  }
  throw internalError('failed to unmarshal unfreeze timeout')
}
