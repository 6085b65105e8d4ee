/** memorydump and removememorydump: what they ask for is written into the machine's status, and the controller does it. */

import {
  checkVolumeRequestsEnabled,
  cdiConfigs,
  memoryDumpBytes,
  planMemoryDump,
  planRemoveMemoryDump,
  virtualMachines,
  type MemoryDumpRequest,
  type VirtualMachine,
} from '@berth/api'
import type { Subresource, SubresourceRequest } from '@berth/apiserver'
import { badRequest, quantityToBytes, StatusError, unlessMissing, type Json } from '@berth/meta'
import { persistentVolumeClaims } from '@berth/kube'
import type { EngineServices } from '../services.ts'
import { bodyOf } from '../subresources/action-body.ts'
import { findInstanceIfAny, findMachine, targetOf } from '../subresources/instance-lookup.ts'

/** The controllers write to a machine, too; the plan is then made anew for what is there now. */
const attempts = 5

/** What the claim's file system would take of it, as CDI says it; there is none here. */
const overheadFallback = 0

export function memoryDumpSubresource(services: () => EngineServices): Subresource {
  return subresource(services, async (request, machine) => {
    checkVolumeRequestsEnabled(services().configuration.get())
    const { claimName = '' } = bodyOf(request, ['claimName', 'phase', 'remove'])
    if (typeof claimName !== 'string') throw badRequest('claimName has to be a text')
    const { namespace = '' } = request
    const name = claimName === '' ? (machine.status?.memoryDumpRequest?.claimName ?? '') : claimName
    const { client } = services()
    const [instance, claim, config] = await Promise.all([
      findInstanceIfAny(services(), request),
      name === '' ? undefined : unlessMissing(client.get(persistentVolumeClaims, { namespace, name })),
      unlessMissing(client.get(cdiConfigs, { name: 'config' })),
    ])
    const overhead = Number(config?.status?.filesystemOverhead?.global ?? overheadFallback)
    // KubeVirt counts what the machine requests, which need not be all that its guest has, and virtctl makes claims of that size.
    const requested = instance?.spec.domain.resources?.requests?.['memory'] ?? '0'
    const bytes = memoryDumpBytes(quantityToBytes(requested))
    return planMemoryDump(machine, claimName, {
      isRunning: instance?.status?.phase === 'Running',
      claim: () => claim,
      neededBytes: Math.ceil(bytes * (1 + overhead)),
    })
  })
}

export function removeMemoryDumpSubresource(services: () => EngineServices): Subresource {
  return subresource(services, async (_request, machine) => planRemoveMemoryDump(machine))
}

function subresource(
  services: () => EngineServices,
  plan: (request: SubresourceRequest, machine: VirtualMachine) => Promise<MemoryDumpRequest>,
): Subresource {
  return {
    methods: ['PUT'],
    async handle(request) {
      for (let attempt = 1; ; attempt += 1) {
        const machine = await findMachine(services(), request)
        const wanted = await plan(request, machine)
        try {
          const patch = patchOf(machine, wanted)
          const target = { ...targetOf(request), subresource: 'status' }
          await services().client.patch(virtualMachines, target, { type: 'json', patch })
          return { kind: 'empty', code: 202 }
        } catch (error) {
          if (!isOvertaken(error) || attempt === attempts) throw error
        }
      }
    },
  }
}

function patchOf({ status }: VirtualMachine, wanted: MemoryDumpRequest): Json[] {
  const path = '/status/memoryDumpRequest'
  const now = status?.memoryDumpRequest ?? null
  return [
    { op: 'test', path, value: now === null ? null : { ...now } },
    { op: now === null ? 'add' : 'replace', path, value: { ...wanted } },
  ]
}

function isOvertaken(error: unknown): boolean {
  return error instanceof StatusError && (error.code === 'Conflict' || error.code === 'Invalid')
}
