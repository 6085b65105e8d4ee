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
  type VirtualMachineInstance,
} from '@berth/api'
import type { Subresource, SubresourceRequest } from '@berth/apiserver'
import { badRequest, StatusError, unlessMissing, type Json } from '@berth/meta'
import { persistentVolumeClaims, type PersistentVolumeClaim } from '@berth/kube'
import { guestMemoryBytes } from '../instances/guest-memory.ts'
import type { EngineServices } from '../services.ts'
import { bodyOf } from '../subresources/action-body.ts'
import { findInstanceIfAny, findMachine, targetOf } from '../subresources/instance-lookup.ts'
import { requestedBytes } from '../volumes/claim-volume.ts'
import { requestedDumpBytes } from './dump-size.ts'

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
    return planMemoryDump(machine, claimName, {
      isRunning: instance?.status?.phase === 'Running',
      claim: () => claim,
      neededBytes: instance === undefined ? 0 : neededBytes(instance, { claim, overhead }),
    })
  })
}

/**
 * What the guest has, whatever the machine requests. KubeVirt counts only what it requests, and virtctl makes claims of that size: such
 * a claim is taken, and grows before anything is dumped (see the controller).
 */
function neededBytes(
  instance: Readonly<VirtualMachineInstance>,
  { claim, overhead }: { claim: Readonly<PersistentVolumeClaim> | undefined; overhead: number },
): number {
  const needed = (bytes: number): number => Math.ceil(bytes * (1 + overhead))
  const requested = needed(requestedDumpBytes(instance))
  if (claim !== undefined && requestedBytes(claim) === requested) return requested
  return needed(Math.max(requestedDumpBytes(instance), memoryDumpBytes(guestMemoryBytes(instance))))
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
