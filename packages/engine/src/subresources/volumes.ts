/** addvolume and removevolume. What each changes and when it is refused is decided in packages/api; this carries it out. */

import {
  addVolumeRequest,
  checkVolumeRequestsEnabled,
  planInstanceVolumes,
  planMachineVolumes,
  removeVolumeRequest,
  virtualMachineInstances,
  virtualMachines,
  type PlannedPatch,
  type VolumeRequest,
} from '@berth/api'
import { StatusError, type Json, type JsonObject } from '@berth/meta'
import type { Subresource, SubresourceRequest } from '@berth/apiserver'
import type { EngineServices } from '../services.ts'
import { bodyOf, isDryRun } from './action-body.ts'
import { findInstance, findInstanceIfAny, findMachine, targetOf } from './instance-lookup.ts'

const forms = {
  add: { fields: ['name', 'disk', 'volumeSource'], read: addVolumeRequest },
  remove: { fields: ['name'], read: removeVolumeRequest },
} satisfies Record<string, { fields: string[]; read(body: JsonObject): VolumeRequest }>

/** Controllers write to the same objects; the plan is then made anew for what is there now. */
const attempts = 5

export function volumeSubresource(
  services: () => EngineServices,
  form: keyof typeof forms,
  of: 'machine' | 'instance',
): Subresource {
  const { fields, read } = forms[form]
  return {
    methods: ['PUT'],
    async handle(request) {
      checkVolumeRequestsEnabled(services().configuration.get())
      const body = bodyOf(request, fields)
      const wanted = read(body)
      const dryRun = isDryRun(request, body)
      for (let attempt = 1; ; attempt += 1) {
        const patch = await planFor(services(), { request, of, wanted })
        try {
          await carryOut(services(), request, { patch, dryRun })
          return { kind: 'empty', code: 202 }
        } catch (error) {
          if (!isOvertaken(error) || attempt === attempts) throw error
        }
      }
    },
  }
}

async function planFor(
  services: EngineServices,
  { request, of, wanted }: { request: SubresourceRequest; of: 'machine' | 'instance'; wanted: VolumeRequest },
): Promise<PlannedPatch> {
  if (of === 'instance')
    return planInstanceVolumes(await findInstance(services, request), wanted, services.configuration.get())
  const [machine, instance] = await Promise.all([findMachine(services, request), findInstanceIfAny(services, request)])
  return planMachineVolumes(machine, wanted, instance)
}

async function carryOut(
  { client }: EngineServices,
  request: SubresourceRequest,
  { patch, dryRun }: { patch: PlannedPatch; dryRun: boolean },
): Promise<void> {
  const body = { type: 'json' as const, patch: patch.operations.map((operation): Json => ({ ...operation })) }
  const target = targetOf(request)
  if (patch.target === 'instance') await client.patch(virtualMachineInstances, target, body, { dryRun })
  else await client.patch(virtualMachines, target, body, { dryRun })
}

/** The test at the head of the patch failed. Refusals of what the object becomes name their causes. */
function isOvertaken(error: unknown): boolean {
  if (!(error instanceof StatusError)) return false
  return error.code === 'Conflict' || (error.code === 'Invalid' && error.status.details?.causes === undefined)
}
