/**
 * Makes a template from a machine, as a VirtualMachineTemplateRequest asks. KubeVirt's takes a snapshot first; here the disks of a stopped
 * machine are copied, and the request waits for the machine to stop.
 */

import {
  dataVolumes,
  disksToCopy,
  secretDataOf,
  stableName,
  templateOfMachine,
  templateRequestLabel,
  templateRequests,
  templates,
  virtualMachines,
  type DataVolume,
  type DiskToCopy,
  type VirtualMachine,
  type VirtualMachineTemplate,
  type VirtualMachineTemplateRequest,
} from '@berth/api'
import { messageOf } from '@berth/base'
import { createController, parseKey, secrets, type Controller } from '@berth/kube'
import {
  controllerReferenceTo,
  deepEqual,
  getCondition,
  setCondition,
  StatusError,
  unlessMissing,
  type KubeObject,
} from '@berth/meta'
import { expand } from '../instancetypes/expand.ts'
import type { EngineServices } from '../services.ts'
import { removeRequestSnapshots, requestKeysOf, sourceOfRequest } from './request-snapshot.ts'

type Request = Readonly<VirtualMachineTemplateRequest>
type Status = NonNullable<VirtualMachineTemplateRequest['status']>

/** How a pass ends. Failed requests stay as they are, so that somebody can look at them. */
type Outcome =
  | { state: 'waiting'; message: string; recheckMs?: number }
  | { state: 'failed'; message: string }
  | { state: 'done'; message: string; template: string }

const recheckMs = 2000

export function createTemplateRequestController(services: EngineServices): Controller {
  const { client, informers, clock } = services

  async function reconcile(key: string): Promise<void | { requeueAfterMs: number }> {
    const { namespace, name } = parseKey(key)
    const request = informers.templateRequests.get(namespace, name)
    const going = request === undefined || request.metadata.deletionTimestamp !== undefined
    const over = going || getCondition(request.status?.conditions, 'Progressing')?.status === 'False'
    if (over) await removeRequestSnapshots(services, key)
    if (going) return
    if (over) return removeInTime(request)
    const outcome = await work(request)
    await write(request, outcome)
    if (outcome.state === 'waiting') return { requeueAfterMs: outcome.recheckMs ?? recheckMs }
  }

  async function work(request: Request): Promise<Outcome> {
    const { namespace: from, name } = request.spec.virtualMachineRef
    if (from === '') return { state: 'failed', message: 'virtualMachineRef.namespace cannot be empty' }
    if (name === '') return { state: 'failed', message: 'virtualMachineRef.name cannot be empty' }
    const namespace = request.metadata.namespace ?? ''
    const existing = await unlessMissing(client.get(templates, { namespace, name: templateName(request) }))
    if (existing !== undefined) return finish(request, existing)
    const machine = await unlessMissing(client.get(virtualMachines, { namespace: from, name }))
    if (machine === undefined) return { state: 'failed', message: `VirtualMachine ${from}/${name} does not exist` }
    const disks = disksToCopy(machine)
    const waiting = await copy(request, machine, disks)
    return waiting ?? make(request, machine, disks)
  }

  /** Until all copies are there. */
  async function copy(
    request: Request,
    machine: VirtualMachine,
    disks: readonly DiskToCopy[],
  ): Promise<Outcome | undefined> {
    const { namespace: from = '' } = machine.metadata
    const own = request.metadata.namespace ?? ''
    for (const disk of disks) {
      const target = { namespace: own, name: copyName(request, disk) }
      const present = await unlessMissing(client.get(dataVolumes, target))
      if (present === undefined) {
        const source = await sourceOfRequest(services, request, { machine, disks })
        if (source.state !== 'ready') return source
        await client.create(dataVolumes, copyOf(request, disk, { from, snapshot: source.snapshots?.get(disk.volume) }))
        return { state: 'waiting', message: `Waiting for DataVolume ${own}/${target.name} to be ready` }
      }
      if (!isOfRequest(present, request)) {
        return { state: 'failed', message: `dataVolume ${own}/${target.name} does not belong to this request` }
      }
      if (present.status?.phase === 'Failed') {
        return { state: 'failed', message: `DataVolume ${own}/${target.name} failed` }
      }
      if (present.status?.phase !== 'Succeeded') {
        return { state: 'waiting', message: `Waiting for DataVolume ${own}/${target.name} to be ready` }
      }
    }
    return undefined
  }

  async function make(request: Request, machine: VirtualMachine, disks: readonly DiskToCopy[]): Promise<Outcome> {
    const namespace = request.metadata.namespace ?? ''
    const secretName = stableName(templateName(request), request.metadata.uid ?? '', 'user-data')
    const data = secretDataOf(machine, (text) => Buffer.from(text, 'utf8').toString('base64'))
    const marks = { [templateRequestLabel]: request.metadata.uid ?? '' }
    try {
      if (Object.keys(data).length > 0) {
        await unlessPresent(
          client.create(secrets, {
            apiVersion: 'v1',
            kind: 'Secret',
            metadata: { namespace, name: secretName, labels: marks, ownerReferences: [controllerReferenceTo(request)] },
            type: 'Opaque',
            data,
          }),
        )
      }
      const copies = new Map(disks.map((disk) => [disk.volume, { namespace, name: copyName(request, disk) }]))
      const template = await client.create(templates, {
        apiVersion: 'template.kubevirt.io/v1beta1',
        kind: 'VirtualMachineTemplate',
        metadata: { namespace, name: templateName(request), labels: { ...labelsOf(request), ...marks } },
        spec: templateOfMachine(await expand(machine, services), { copies, secretName }),
      })
      return await finish(request, template)
    } catch (error) {
      // What the API server refuses now it refuses the next time, too.
      if (error instanceof StatusError && error.status.code !== undefined && error.status.code >= 500) throw error
      return { state: 'failed', message: messageOf(error) }
    }
  }

  /** Copies and Secret go with the template from now on. */
  async function finish(request: Request, template: VirtualMachineTemplate): Promise<Outcome> {
    const { namespace = '', name = '' } = template.metadata
    if (!isOfRequest(template, request)) {
      const message = `existing VirtualMachineTemplate ${namespace}/${name} was not created by this request`
      return { state: 'failed', message }
    }
    const labelSelector = `${templateRequestLabel}=${request.metadata.uid ?? ''}`
    for (const resource of [dataVolumes, secrets]) {
      const { items } = await client.list<KubeObject>(resource, { namespace, labelSelector })
      for (const object of items) {
        const ownerReferences = [controllerReferenceTo(template)]
        if (deepEqual(object.metadata.ownerReferences, ownerReferences)) continue
        await client.update<KubeObject>(resource, { ...object, metadata: { ...object.metadata, ownerReferences } })
      }
    }
    const ready = getCondition(template.status?.conditions, 'Ready')
    if (ready?.status !== 'True') {
      return {
        state: 'waiting',
        message: `Waiting for VirtualMachineTemplate ${namespace}/${name} to be ready`,
        recheckMs: 200,
      }
    }
    return { state: 'done', message: ready.message ?? '', template: name }
  }

  async function write(request: Request, outcome: Outcome): Promise<void> {
    const done = outcome.state === 'done'
    const reason = { waiting: 'Waiting', failed: 'Failed', done: 'Reconciled' }[outcome.state]
    const { generation } = request.metadata
    const at = generation === undefined ? {} : { observedGeneration: generation }
    const before: Status = request.status ?? {}
    const withReady = setCondition(
      before.conditions,
      { type: 'Ready', status: done ? 'True' : 'False', reason, message: outcome.message, ...at },
      clock.now(),
    )
    const conditions = setCondition(
      withReady,
      { type: 'Progressing', status: outcome.state === 'waiting' ? 'True' : 'False', reason, message: '', ...at },
      clock.now(),
    )
    const status: Status = { conditions: [...conditions], ...(done ? { templateRef: { name: outcome.template } } : {}) }
    if (!deepEqual(status, before)) await client.updateStatus(templateRequests, { ...request, status })
  }

  /** Of those that succeeded only. */
  async function removeInTime(request: Request): Promise<void | { requeueAfterMs: number }> {
    const { ttlSecondsAfterFinished: ttl } = request.spec
    const ready = getCondition(request.status?.conditions, 'Ready')
    if (ttl === undefined || ready?.status !== 'True') return
    const remaining = Date.parse(ready.lastTransitionTime ?? '') + ttl * 1000 - clock.now().getTime()
    if (remaining > 0) return { requeueAfterMs: remaining }
    const { namespace = '', name = '' } = request.metadata
    await unlessMissing(client.delete(templateRequests, { namespace, name }))
  }

  return createController({
    name: 'template-requests',
    reconcile,
    watches: [{ informer: informers.templateRequests }, { informer: informers.machineSnapshots, keys: requestKeysOf }],
    ...services.runtime,
  })
}

function templateName({ metadata, spec }: Request): string {
  return spec.templateName === undefined || spec.templateName === '' ? (metadata.name ?? '') : spec.templateName
}

function copyName(request: Request, { volume }: DiskToCopy): string {
  return stableName(templateName(request), request.metadata.uid ?? '', volume)
}

/** @param origin the machine's namespace, and the VolumeSnapshot there, where one was taken */
function copyOf(
  request: Request,
  disk: DiskToCopy,
  { from, snapshot }: { from: string; snapshot: string | undefined },
): DataVolume {
  const source =
    snapshot === undefined
      ? { pvc: { namespace: from, name: disk.claim } }
      : { snapshot: { namespace: from, name: snapshot } }
  return {
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'DataVolume',
    metadata: {
      namespace: request.metadata.namespace ?? '',
      name: copyName(request, disk),
      labels: { [templateRequestLabel]: request.metadata.uid ?? '' },
      ownerReferences: [controllerReferenceTo(request)],
    },
    spec: { source, storage: {} },
  }
}

function isOfRequest({ metadata }: KubeObject, request: Request): boolean {
  return metadata.labels?.[templateRequestLabel] === request.metadata.uid
}

function labelsOf({ spec }: Request): Record<string, string> {
  const entries = Object.entries(spec.templateLabels ?? {})
  return Object.fromEntries(entries.filter(([key]) => !key.startsWith('template.kubevirt.io/')))
}

async function unlessPresent(creation: Promise<unknown>): Promise<void> {
  try {
    await creation
  } catch (error) {
    if (!(error instanceof StatusError && error.code === 'AlreadyExists')) throw error
  }
}
