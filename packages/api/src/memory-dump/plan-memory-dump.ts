/** What asking for a memory dump, or for its end, does to a machine's status. In KubeVirt's order and words. */

import { badRequest, conflict, notFound, quantityToBytes } from '@berth/meta'
import { singularTargets } from '../resources.ts'
import type { PersistentVolumeClaimSpec } from '../types/core.ts'
import type { VirtualMachine } from '../types/machine.ts'
import type { MemoryDumpRequest } from '../types/memory-dump.ts'

const claimTarget = { group: 'kubevirt.io', resource: 'persistentvolumeclaim' }

export interface DumpFacts {
  /** Of the running instance. */
  isRunning: boolean
  /** Undefined when it is not there. */
  claim: (name: string) => { spec: PersistentVolumeClaimSpec } | undefined
  /** The claim has to be that large. */
  neededBytes: number
}

/**
 * @param claimName as asked for; empty for the claim that the machine has already
 * @throws {StatusError} BadRequest, Conflict, NotFound
 */
export function planMemoryDump(
  machine: Readonly<VirtualMachine>,
  claimName: string,
  { isRunning, claim, neededBytes }: DumpFacts,
): MemoryDumpRequest {
  const now = machine.status?.memoryDumpRequest ?? undefined
  if (claimName === '' && now === undefined) throw badRequest('Memory dump requires claim name to be set')
  const name = claimName === '' ? (now?.claimName ?? '') : claimName
  const machineName = machine.metadata.name ?? ''
  const refuse = (why: string) => conflict(singularTargets.virtualMachine, machineName, why)
  if (now !== undefined && now.claimName !== name) {
    throw refuse(
      `can't request memory dump for pvc [${name}] while pvc [${now.claimName}] is still associated as the memory dump pvc`,
    )
  }
  if (!isRunning) throw conflict(singularTargets.virtualMachineInstance, machineName, 'VMI is not running')
  checkClaim(name, claim(name), neededBytes)
  if (now?.phase === 'Dissociating')
    throw refuse(`can't dump memory for pvc [${name}] a remove memory dump request is in progress`)
  if (now !== undefined && now.phase !== 'Completed' && now.phase !== 'Failed')
    throw refuse(`memory dump request for pvc [${name}] already in progress`)
  return { claimName: name, phase: 'Associating' }
}

/** @throws {StatusError} Conflict */
export function planRemoveMemoryDump(machine: Readonly<VirtualMachine>): MemoryDumpRequest {
  const now = machine.status?.memoryDumpRequest ?? undefined
  const name = machine.metadata.name ?? ''
  const refuse = (why: string) => conflict(singularTargets.virtualMachine, name, why)
  if (now === undefined) throw refuse(`can't remove memory dump association for vm ${name}, no association found`)
  if (now.remove === true) throw refuse(`memory dump remove request for pvc [${now.claimName}] already exists`)
  return { claimName: now.claimName, phase: 'Dissociating', remove: true }
}

function checkClaim(name: string, claim: { spec: PersistentVolumeClaimSpec } | undefined, neededBytes: number): void {
  if (claim === undefined) throw notFound(claimTarget, name)
  const refuse = (why: string) => conflict(claimTarget, name, why)
  const { volumeMode, accessModes = [], resources } = claim.spec
  if (volumeMode === 'Block') throw refuse('pvc should be filesystem pvc')
  if (accessModes.length > 0 && accessModes.every((mode) => mode === 'ReadOnlyMany'))
    throw refuse("pvc access mode can't be read only")
  const bytes = quantityToBytes(resources?.requests?.['storage'] ?? '0')
  if (bytes < neededBytes) throw refuse(`pvc size [${kilo(bytes)}] should be bigger then [${kilo(neededBytes)}]`)
}

function kilo(bytes: number): string {
  return `${Math.ceil(bytes / 1000)}k`
}

/** 100 Mi more than the guest has. */
export function memoryDumpBytes(guestBytes: number): number {
  return guestBytes + 100 * 1024 ** 2
}

/** @param at UTC. @returns `web-dump-20260101-120000.memory.dump` */
export function memoryDumpFile(machine: string, claim: string, at: Date): string {
  const digits = at.toISOString().replace(/[-:]/g, '').slice(0, 15).replace('T', '-')
  return `${machine}-${claim}-${digits}.memory.dump`
}
