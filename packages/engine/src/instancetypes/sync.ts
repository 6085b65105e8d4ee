/**
 * Keeps a machine's references in order before anything else is done with it: that they lead somewhere, and that what they led to is
 * kept in a revision (or written out in the machine, where the cluster is configured so).
 */

import {
  applyReferences,
  conflictText,
  nextMatcherStatus,
  referenceKeys,
  references,
  revisionOf,
  virtualMachines,
  type InstancetypeSpec,
  type MatcherStatus,
  type ReferenceKey,
  type VirtualMachine,
} from '@berth/api'
import { messageOf } from '@berth/base'
import { controllerReferenceTo, deepClone, deepEqual, StatusError } from '@berth/meta'
import { controllerRevisions, type Client } from '@berth/kube'
import type { EngineServices } from '../services.ts'
import { expand } from './expand.ts'
import { findObject, findReferences, ReferenceFailure } from './find.ts'

type Services = Pick<EngineServices, 'client' | 'configuration'>

/** `changed`: the machine was written, and is seen again in its new form. */
export type Synced =
  | { state: 'ready' }
  | { state: 'changed' }
  | { state: 'failed'; failure: { reason: string; message: string } }

export async function syncReferences(machine: Readonly<VirtualMachine>, services: Services): Promise<Synced> {
  const { client, configuration } = services
  if (machine.spec.instancetype === undefined && machine.spec.preference === undefined) return forget(machine, client)
  try {
    await findReferences(client, machine)
  } catch (error) {
    if (!(error instanceof ReferenceFailure)) throw error
    return { state: 'failed', failure: { reason: error.reason, message: error.message } }
  }
  const policy = configuration.get().instancetypeReferencePolicy
  if (policy === 'reference') return store(machine, client)
  const kept = referenceKeys.some((key) => revisionIn(machine, key) !== undefined)
  return policy === 'expand' && kept ? { state: 'ready' } : writeOut(machine, services)
}

function revisionIn(machine: Readonly<VirtualMachine>, key: ReferenceKey): string | undefined {
  return machine.status?.[references[key].statusMember]?.controllerRevisionRef?.name
}

/** A machine that refers to nothing any more says so. */
async function forget(machine: Readonly<VirtualMachine>, client: Client): Promise<Synced> {
  const { instancetypeRef, preferenceRef, ...status } = machine.status ?? {}
  if (instancetypeRef === undefined && preferenceRef === undefined) return { state: 'ready' }
  await client.updateStatus(virtualMachines, { ...machine, status })
  return { state: 'changed' }
}

/** Takes the revisions that are missing and writes their names into the status. */
async function store(machine: Readonly<VirtualMachine>, client: Client): Promise<Synced> {
  const status: Record<string, MatcherStatus | undefined> = {}
  try {
    for (const key of referenceKeys) status[references[key].statusMember] = await stored(machine, key, client)
  } catch (error) {
    const message = `error encountered while storing instancetype.kubevirt.io controllerRevisions: ${messageOf(error)}`
    return { state: 'failed', failure: { reason: 'FailedCreate', message } }
  }
  const { instancetypeRef, preferenceRef, ...rest } = machine.status ?? {}
  const next = {
    ...rest,
    ...Object.fromEntries(Object.entries(status).filter(([, value]) => value !== undefined)),
  }
  if (
    deepEqual({ instancetypeRef, preferenceRef }, { instancetypeRef: undefined, preferenceRef: undefined, ...status })
  )
    return { state: 'ready' }
  await client.updateStatus(virtualMachines, { ...machine, status: next })
  return { state: 'changed' }
}

async function stored(
  machine: Readonly<VirtualMachine>,
  key: ReferenceKey,
  client: Client,
): Promise<MatcherStatus | undefined> {
  const matcher = machine.spec[key]
  if (matcher === undefined) return undefined
  const next = nextMatcherStatus(matcher, machine.status?.[references[key].statusMember])
  if (next.controllerRevisionRef !== undefined) return next
  return { ...next, controllerRevisionRef: { name: await takeRevision(machine, key, client) } }
}

async function takeRevision(machine: Readonly<VirtualMachine>, key: ReferenceKey, client: Client): Promise<string> {
  const object = await findObject(client, machine, key)
  // It may have changed since the machine was admitted. The kind of the object says which of the two specs it is.
  if (key === 'instancetype') checkConflicts(machine, object.spec as InstancetypeSpec)
  const { namespace = '', name: machineName = '' } = machine.metadata
  const { name, labels, data } = revisionOf(object, machineName)
  const metadata = { name, namespace, labels, ownerReferences: [controllerReferenceTo(machine)] }
  try {
    await client.create(controllerRevisions, {
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      metadata,
      data,
      revision: 0,
    })
  } catch (error) {
    if (!(error instanceof StatusError && error.code === 'AlreadyExists')) throw error
    const present = await client.get(controllerRevisions, { namespace, name })
    if (!deepEqual(present.data?.['spec'], data['spec']))
      throw new Error(`found existing ControllerRevision with unexpected data: ${name}`, { cause: error })
  }
  return name
}

function checkConflicts(machine: Readonly<VirtualMachine>, instancetype: Readonly<InstancetypeSpec>): void {
  const { spec, metadata } = deepClone(machine.spec.template)
  const conflicts = applyReferences({ instancetype }, { spec, metadata: metadata ?? {}, path: 'spec.template.spec' })
  if (conflicts.length > 0) throw new Error(conflictText(conflicts))
}

/** The machine is written without its references, and revisions taken of them earlier go. */
async function writeOut(machine: Readonly<VirtualMachine>, services: Services): Promise<Synced> {
  const { client } = services
  try {
    const expanded = await expand(machine, services)
    const { status, ...object } = expanded
    const updated = await client.update(virtualMachines, { ...object, status: machine.status })
    await client.updateStatus(virtualMachines, { ...updated, status })
  } catch (error) {
    // Somebody else wrote it: seen again in its new form.
    if (error instanceof StatusError && error.code === 'Conflict') return { state: 'changed' }
    const message = `error encountered while expanding into VirtualMachine: ${messageOf(error)}`
    return { state: 'failed', failure: { reason: 'FailedCreate', message } }
  }
  const { namespace = '' } = machine.metadata
  for (const key of referenceKeys) {
    const name = revisionIn(machine, key)
    if (name === undefined) continue
    try {
      await client.delete(controllerRevisions, { namespace, name })
    } catch (error) {
      if (!(error instanceof StatusError && error.code === 'NotFound')) throw error
    }
  }
  return { state: 'changed' }
}
