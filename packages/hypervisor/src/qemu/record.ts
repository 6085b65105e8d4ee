/** What the driver keeps about a machine on disk (`state.json`), so that another process can take it over. */

import { DriverError, type DomainReason } from '../driver.ts'
import { readList, readOptionalNumber, readOptionalText, readRecord, readText, readNumber } from '../wire.ts'
import type { DomainDisk } from '../spec/disks.ts'
import { validateDisk } from '../validate/disk.ts'
import type { ProcessIdentity } from './process-identity.ts'

export interface Ending {
  reason: DomainReason
  detail?: string
}

export interface DomainRecord {
  /** Boot of the kernel that the process belongs to. */
  bootId: string
  /** User id QEMU runs under; absent when it is the driver's own. */
  uid?: number
  /** Processors of the host that are this machine's alone: one per processor of the guest, then that of the emulator. */
  cpus?: number[]
  /** ISO time. */
  startedAt: string
  /** Absent until QEMU is spawned. */
  process?: ProcessIdentity
  /** Helper processes, by name. */
  companions?: Record<string, ProcessIdentity>
  /** `up` once the guest was let run, or was left paused on purpose. */
  phase: 'starting' | 'up' | 'ended'
  /** Written before the driver ends QEMU, so that the reason survives the driver. */
  ending?: Ending
  /** Disks as they may be in QEMU: work that changes their images was asked for, and is not known to be over. */
  diskChanges?: DomainDisk[]
  /** A power-down is meant as a reboot. */
  rebooting?: boolean
}

const phases = ['starting', 'up', 'ended'] as const
const reasons = [
  'user',
  'io-error',
  'guest-shutdown',
  'destroyed',
  'guest-panic',
  'crashed',
  'watchdog',
] as const satisfies DomainReason[]

function oneOf<T extends string>(value: unknown, place: string, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === value)
  if (found === undefined) throw new DriverError('Protocol', `${place} is none of ${allowed.join(', ')}`)
  return found
}

/** @throws {DriverError} Protocol when it is no record */
export function parseRecord(value: unknown): DomainRecord {
  const record = readRecord(value, 'state')
  const uid = readOptionalNumber(record.uid, 'state.uid')
  return {
    bootId: readText(record.bootId, 'state.bootId'),
    startedAt: readText(record.startedAt, 'state.startedAt'),
    phase: oneOf(record.phase, 'state.phase', phases),
    ...(uid === undefined ? {} : { uid }),
    ...(record.cpus === undefined ? {} : { cpus: readList(record.cpus, 'state.cpus', readNumber) }),
    ...(record.process === undefined ? {} : { process: parseProcess(record.process, 'state.process') }),
    ...(record.companions === undefined ? {} : { companions: parseCompanions(record.companions) }),
    ...(record.ending === undefined ? {} : { ending: parseEnding(record.ending) }),
    ...(record.diskChanges === undefined ? {} : { diskChanges: parseDisks(record.diskChanges) }),
    ...(record.rebooting === true ? { rebooting: true } : {}),
  }
}

function parseProcess(value: unknown, place: string): ProcessIdentity {
  const identity = readRecord(value, place)
  return {
    pid: readNumber(identity.pid, `${place}.pid`),
    startTime: readText(identity.startTime, `${place}.startTime`),
  }
}

function parseCompanions(value: unknown): Record<string, ProcessIdentity> {
  const companions = Object.entries(readRecord(value, 'state.companions'))
  return Object.fromEntries(companions.map(([name, each]) => [name, parseProcess(each, `state.companions.${name}`)]))
}

function parseDisks(value: unknown): DomainDisk[] {
  return readList(value, 'state.diskChanges', (entry, place) => {
    // Written by this version, in a folder that nobody else can enter; the rules are those of a spec.
    const disk = readRecord(entry, place) as unknown as DomainDisk
    validateDisk(disk, place)
    return disk
  })
}

function parseEnding(value: unknown): Ending {
  const ending = readRecord(value, 'state.ending')
  const detail = readOptionalText(ending.detail, 'state.ending.detail')
  return {
    reason: oneOf(ending.reason, 'state.ending.reason', reasons),
    ...(detail === undefined ? {} : { detail }),
  }
}
