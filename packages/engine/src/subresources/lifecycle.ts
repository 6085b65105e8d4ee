/** start, stop and restart. What each changes and when is decided in packages/api; this carries it out. */

import {
  planRestart,
  planStart,
  planStop,
  type PlannedPatch,
  type VirtualMachine,
  type VirtualMachineInstance,
  virtualMachineInstances,
  virtualMachines,
} from '@berth/api'
import { StatusError, type Json, type JsonObject } from '@berth/meta'
import type { Subresource, SubresourceAnswer, SubresourceRequest } from '@berth/apiserver'
import type { EngineServices } from '../services.ts'
import { bodyOf, isDryRun, secondsIn } from './action-body.ts'
import { findInstanceIfAny, findMachine, targetOf } from './instance-lookup.ts'

const accepted: SubresourceAnswer = { kind: 'empty', code: 202 }

export function startSubresource(services: () => EngineServices): Subresource {
  return machineAction(services, ['paused'], (machine, instance, body) =>
    planStart(machine, instance, body['paused'] === true ? { paused: true } : {}),
  )
}

export function stopSubresource(services: () => EngineServices): Subresource {
  return machineAction(services, ['gracePeriod'], (machine, instance, body) => {
    const gracePeriod = secondsIn(body, 'gracePeriod')
    return planStop(machine, instance, gracePeriod === undefined ? {} : { gracePeriod })
  })
}

export function restartSubresource(services: () => EngineServices): Subresource {
  return machineAction(services, ['gracePeriodSeconds'], (machine, instance, body) => {
    const gracePeriodSeconds = secondsIn(body, 'gracePeriodSeconds')
    return planRestart(machine, instance, gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds })
  })
}

/** The controllers write to a machine too, most of all in its first moments; the plan is then made anew for what is there now. */
const planAttempts = 5

type Plan = (machine: VirtualMachine, instance: VirtualMachineInstance | undefined, body: JsonObject) => PlannedPatch[]

function machineAction(services: () => EngineServices, fields: string[], plan: Plan): Subresource {
  return {
    methods: ['PUT'],
    async handle(request) {
      const body = bodyOf(request, fields)
      for (let attempt = 1; ; attempt += 1) {
        const [machine, instance] = await Promise.all([
          findMachine(services(), request),
          findInstanceIfAny(services(), request),
        ])
        const patches = plan(machine, instance, body)
        if (isDryRun(request, body)) return accepted
        const overtaken = await carryOut(services(), request, patches)
        if (overtaken === undefined) return accepted
        if (attempt === planAttempts) throw overtaken
      }
    },
  }
}

/**
 * A later patch that loses its test takes back the earlier ones, so that a refused request changes nothing.
 * @returns the refusal when somebody else was faster
 */
async function carryOut(
  services: EngineServices,
  request: SubresourceRequest,
  patches: PlannedPatch[],
): Promise<StatusError | undefined> {
  const applied: PlannedPatch[] = []
  for (const patch of patches) {
    try {
      await apply(services, request, patch)
      applied.push(patch)
    } catch (error) {
      for (const earlier of applied.reverse()) await apply(services, request, inverse(earlier))
      if (error instanceof StatusError && error.code === 'Invalid') {
        // The JSON patch test failed: somebody else was faster.
        return new StatusError(
          'Conflict',
          `Operation cannot be fulfilled on virtualmachine.kubevirt.io "${request.name}": the virtual machine was changed at the same time; try again`,
          { cause: error },
        )
      }
      throw error
    }
  }
  return undefined
}

async function apply(services: EngineServices, request: SubresourceRequest, patch: PlannedPatch): Promise<void> {
  const body = { type: 'json' as const, patch: patch.operations.map((operation): Json => ({ ...operation })) }
  const target = targetOf(request)
  switch (patch.target) {
    case 'machine':
      await services.client.patch(virtualMachines, target, body)
      return
    case 'machine-status':
      await services.client.patch(virtualMachines, { ...target, subresource: 'status' }, body)
      return
    case 'instance':
      await services.client.patch(virtualMachineInstances, target, body)
  }
}

/** Puts back what a patch of the form [test old, set new] changed. */
function inverse(patch: PlannedPatch): PlannedPatch {
  const [test, set] = patch.operations
  if (test?.op !== 'test' || (set?.op !== 'add' && set?.op !== 'replace')) return { ...patch, operations: [] }
  return {
    ...patch,
    operations: [
      { op: 'test', path: set.path, value: set.value },
      test.value === null ? { op: 'remove', path: test.path } : { op: 'replace', path: test.path, value: test.value },
    ],
  }
}
