/**
 * Follows the memory dump that a machine's status asks for through KubeVirt's phases. Each step is found done, or done again, by whoever
 * comes after a crash: a dump that was cut off is made anew, because what there is of it has no name yet.
 */

import {
  memoryDumpBytes,
  memoryDumpFile,
  virtualMachineInstances,
  virtualMachines,
  type MemoryDumpRequest,
  type VirtualMachine,
  type VirtualMachineInstance,
  type Volume,
} from '@berth/api'
import { messageOf } from '@berth/base'
import { DriverError } from '@berth/hypervisor'
import { controllerOf, StatusError, unlessMissing, type Json } from '@berth/meta'
import {
  createController,
  keyOf,
  parseKey,
  persistentVolumeClaims,
  type Controller,
  type EventRecorder,
  type ReconcileResult,
} from '@berth/kube'
import { withoutRoot } from '../host/data-directory.ts'
import { guestMemoryBytes } from '../instances/guest-memory.ts'
import { uidOf } from '../instances/uid.ts'
import { replaced } from '../machines/live-volumes.ts'
import type { EngineServices } from '../services.ts'
import { makeFilesFolder, onClaimAlone } from '../volumes/claim-files.ts'
import { capacityOf, roomOn } from './dump-size.ts'
import { Dumps } from './dumps.ts'

type Machine = Readonly<VirtualMachine>
type Instance = Readonly<VirtualMachineInstance>

/** On the claim: the file, or that there is none. */
const annotation = 'kubevirt.io/memory-dump'
const failedText = 'Memory dump failed'
/** A dump that an engine before this one began may still be under way in QEMU. */
const busyRetryMs = 3_000
const busyPatienceMs = 600_000

export function createMemoryDumpController(services: EngineServices, events: EventRecorder): Controller {
  const { client, informers, driver, clock } = services
  const dumps = new Dumps(() => clock.now())

  async function reconcile(key: string): Promise<ReconcileResult> {
    const { namespace, name } = parseKey(key)
    const machine = informers.machines.get(namespace, name)
    const request = machine?.status?.memoryDumpRequest ?? undefined
    if (machine === undefined || request === undefined || machine.metadata.deletionTimestamp !== undefined) return
    const found = informers.instances.get(namespace, name)
    const instance = found !== undefined && controllerOf(found)?.uid === machine.metadata.uid ? found : undefined
    switch (request.phase) {
      case 'Associating':
        return associate(machine, { request, instance })
      case 'InProgress':
        return dump(machine, { request, instance })
      case 'Unmounting':
        await annotate(machine, { request, value: request.fileName ?? failedText })
        await letGo(instance, request.claimName)
        return write(machine, { before: request, after: { ...request, phase: 'Completed' } })
      case 'Failed':
        await annotate(machine, { request, value: failedText })
        return letGo(instance, request.claimName)
      case 'Dissociating':
        await letGo(instance, request.claimName)
        await takeFromTemplate(machine, request.claimName)
        return write(machine, { before: request, after: undefined })
      case 'Completed':
        return
    }
  }

  interface Step {
    request: MemoryDumpRequest
    instance: Instance | undefined
  }

  /** The claim becomes a volume of the machine and of its run. */
  async function associate(machine: Machine, { request, instance }: Step): Promise<void> {
    if (instance?.status?.phase !== 'Running' || instance.metadata.deletionTimestamp !== undefined) {
      const message = 'the machine does not run, so that it has no memory to dump'
      return write(machine, { before: request, after: failed(request, message) })
    }
    const { claimName } = request
    await patchVolumes(virtualMachines, machine, {
      path: '/spec/template/spec/volumes',
      volumes: machine.spec.template.spec.volumes,
      change: (volumes) => withDump(volumes, claimName),
    })
    await patchVolumes(virtualMachineInstances, instance, {
      path: '/spec/volumes',
      volumes: instance.spec.volumes,
      change: (volumes) => withDump(volumes, claimName),
    })
    await write(machine, { before: request, after: { ...request, phase: 'InProgress' } })
  }

  async function dump(machine: Machine, { request, instance }: Step): Promise<ReconcileResult> {
    const { namespace, name = '' } = machine.metadata
    const domain = instance === undefined ? undefined : driver.get(uidOf(instance))
    if (instance === undefined || domain === undefined || domain.status.state === 'stopped')
      return write(machine, {
        before: request,
        after: failed(request, 'the machine ended before its memory was dumped'),
      })
    const claim = informers.claims.get(namespace, request.claimName)
    if (claim === undefined)
      return write(machine, {
        before: request,
        after: failed(request, `PersistentVolumeClaim "${request.claimName}" is gone`),
      })
    if (claim.status?.phase !== 'Bound') return { requeueAfterMs: busyRetryMs }
    const job = dumps.get(domain.id)
    if (job === undefined) {
      const room = await roomOn(claim, instance, services)
      if (room.fits === 'later') return { requeueAfterMs: busyRetryMs }
      if (room.fits === 'no') {
        const message = `Memory dump to pvc ${request.claimName} failed: ${room.why}`
        events.record(machine, { type: 'Warning', reason: 'MemoryDumpError', message })
        return write(machine, { before: request, after: failed(request, message) })
      }
      const file = memoryDumpFile(name, request.claimName, clock.now())
      const { startedAt } = dumps.start(domain, {
        folder: () => makeFilesFolder(services, claim),
        alone: (work) => onClaimAlone(services, claim, work),
        file,
        bytes: memoryDumpBytes(guestMemoryBytes(instance)),
        mostBytes: capacityOf(claim),
        changed: () => controller.enqueue(keyOf(machine)),
      })
      // Kept over tries: it is the beginning of what was asked for.
      const startTimestamp = request.startTimestamp ?? timeOf(startedAt)
      return write(machine, { before: request, after: { ...request, startTimestamp } })
    }
    if (job.result === undefined) return
    dumps.forget(domain.id)
    const endTimestamp = timeOf(job.endedAt ?? clock.now())
    if (job.result.done) {
      const after: MemoryDumpRequest = { ...request, phase: 'Unmounting', fileName: job.file, endTimestamp }
      return write(machine, { before: request, after })
    }
    const { error } = job.result
    if (isBusy(error) && clock.now().getTime() - Date.parse(request.startTimestamp ?? '') < busyPatienceMs)
      return { requeueAfterMs: busyRetryMs }
    const message = withoutRoot(`Memory dump to pvc ${request.claimName} failed: ${messageOf(error)}`, services.paths)
    events.record(machine, { type: 'Warning', reason: 'MemoryDumpError', message })
    return write(machine, { before: request, after: { ...failed(request, message), endTimestamp } })
  }

  /** The claim says what is on it, for whoever finds it later. */
  async function annotate(
    { metadata }: Machine,
    { request, value }: { request: MemoryDumpRequest; value: string },
  ): Promise<void> {
    const { namespace = '' } = metadata
    const claim = informers.claims.get(namespace, request.claimName)
    if (claim === undefined || claim.metadata.annotations?.[annotation] === value) return
    const patch = { metadata: { annotations: { [annotation]: value } } }
    await unlessMissing(
      client.patch(persistentVolumeClaims, { namespace, name: request.claimName }, { type: 'merge', patch }),
    )
  }

  async function letGo(instance: Instance | undefined, claimName: string): Promise<void> {
    if (instance === undefined) return
    await patchVolumes(virtualMachineInstances, instance, {
      path: '/spec/volumes',
      volumes: instance.spec.volumes,
      change: (volumes) => withoutDump(volumes, claimName),
    })
  }

  async function takeFromTemplate(machine: Machine, claimName: string): Promise<void> {
    await patchVolumes(virtualMachines, machine, {
      path: '/spec/template/spec/volumes',
      volumes: machine.spec.template.spec.volumes,
      change: (volumes) => withoutDump(volumes, claimName),
    })
  }

  async function patchVolumes<T extends Machine | Instance>(
    resource: Parameters<typeof client.patch>[0],
    { metadata }: T,
    { path, volumes, change }: { path: string; volumes: Volume[] | undefined; change: (volumes: Volume[]) => Volume[] },
  ): Promise<void> {
    const after = change(volumes ?? [])
    if (after.length === (volumes ?? []).length) return
    const target = { namespace: metadata.namespace ?? '', name: metadata.name ?? '' }
    await client.patch(resource, target, { type: 'json', patch: replaced(path, volumes, after) })
  }

  /** Holds where the request is still the one that was seen. */
  async function write(
    { metadata }: Machine,
    { before, after }: { before: MemoryDumpRequest; after: MemoryDumpRequest | undefined },
  ): Promise<void> {
    const target = { namespace: metadata.namespace ?? '', name: metadata.name ?? '', subresource: 'status' }
    const path = '/status/memoryDumpRequest'
    const patch: Json[] = [
      { op: 'test', path, value: { ...before } },
      after === undefined ? { op: 'remove', path } : { op: 'replace', path, value: { ...after } },
    ]
    try {
      await client.patch(virtualMachines, target, { type: 'json', patch })
    } catch (error) {
      // Asked for something else meanwhile, or gone: it is seen again in its new form.
      if (!(error instanceof StatusError) || !['Invalid', 'Conflict', 'NotFound'].includes(error.code)) throw error
    }
  }

  const controller = createController({
    name: 'memory-dumps',
    reconcile,
    watches: [
      { informer: informers.machines },
      { informer: informers.instances },
      { informer: informers.claims, keys: machinesOf },
    ],
    ...services.runtime,
  })
  return {
    ...controller,
    async stop() {
      dumps.close()
      await controller.stop()
    },
  }

  function machinesOf({ metadata }: { metadata: { namespace?: string; name?: string } }): string[] {
    return informers.machines
      .list()
      .filter(
        (machine) =>
          machine.metadata.namespace === metadata.namespace &&
          machine.status?.memoryDumpRequest?.claimName === metadata.name,
      )
      .map(keyOf)
  }
}

function withDump(volumes: Volume[], claimName: string): Volume[] {
  if (volumes.some(({ name }) => name === claimName)) return volumes
  return [...volumes, { name: claimName, memoryDump: { claimName, hotpluggable: true } }]
}

function withoutDump(volumes: Volume[], claimName: string): Volume[] {
  return volumes.filter(({ name, memoryDump }) => name !== claimName || memoryDump === undefined)
}

function failed(request: MemoryDumpRequest, message: string): MemoryDumpRequest {
  return { ...request, phase: 'Failed', message }
}

/** What the machine is busy with ends by itself. */
function isBusy(error: unknown): boolean {
  return error instanceof DriverError && error.code === 'WrongState'
}

function timeOf(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z')
}
