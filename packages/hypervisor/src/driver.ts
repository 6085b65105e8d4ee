/**
 * What runs a virtual machine. Plain input and events, nothing of Kubernetes: the engine translates. Implementations: `qemu/`
 * and `simulated/`; both pass `driver.conformance.ts`.
 */

import type { Duplex } from 'node:stream'
import { CodedError } from '@berth/base'
import type { DiskWork } from './disk-work.ts'
import type { GuestAgent } from './guest-agent.ts'
import type { HostCapabilities } from './spec/capabilities.ts'
import type { DomainDisk } from './spec/disks.ts'
import type { DomainSpec } from './spec/domain.ts'

export type DomainState = 'starting' | 'running' | 'paused' | 'stopped'

/** Why a domain is paused or stopped. */
export type DomainReason =
  | 'user'
  | 'io-error'
  /** The guest powered itself off, or obeyed ACPI. */
  | 'guest-shutdown'
  /** We ended it: kill or grace period over. */
  | 'destroyed'
  | 'guest-panic'
  /** QEMU died without being asked; `detail` has its last words. */
  | 'crashed'
  | 'watchdog'

export interface DomainStatus {
  state: DomainState
  reason?: DomainReason
  /** For a person: QEMU's last error output, the failing disk, … */
  detail?: string
  /** Process id, undefined when stopped or simulated. */
  pid?: number
  agentConnected: boolean
}

export type DomainEvent =
  | { type: 'state'; id: string; status: DomainStatus }
  | { type: 'agent'; id: string; connected: boolean }
  /** The guest reset itself or was reset. */
  | { type: 'reset'; id: string; byGuest: boolean }
  /** A helper process (TPM emulator, server of a shared folder) ended while its machine runs; the message is for a person. */
  | { type: 'companion'; id: string; message: string }
  /** A disk is gone that the guest took long to let go of: `detachDisk` had given up waiting for it. */
  | { type: 'detached'; id: string; disk: string }

export interface DomainMetrics {
  cpuSeconds: number
  residentBytes: number
  disks: Record<
    string,
    {
      readBytes: number
      writtenBytes: number
      reads: number
      writes: number
      flushes?: number
      /** How long the guest's requests have taken, all together; what grows without requests being done is a stall. */
      readSeconds?: number
      writeSeconds?: number
      flushSeconds?: number
    }
  >
  /** As the guest tells it, where it has a balloon with statistics; the guest may say anything. */
  guestMemory?: {
    totalBytes?: number
    freeBytes?: number
    /** What programs could have without swapping. */
    availableBytes?: number
    cachedBytes?: number
    swappedInBytes?: number
    swappedOutBytes?: number
    majorFaults?: number
    minorFaults?: number
  }
  /** Empty where the hypervisor counts nothing, as QEMU's user-mode network does. */
  nics: Record<string, { receivedBytes: number; sentBytes: number }>
}

export type DriverErrorCode =
  /** The host cannot do what the spec asks (firmware missing, machine type unknown). */
  | 'Unsupported'
  /** The spec itself is wrong. */
  | 'InvalidSpec'
  /** QEMU did not come up; the message has its last words. */
  | 'StartFailed'
  | 'NotFound'
  | 'AlreadyExists'
  /** The domain is not in the state the call needs. */
  | 'WrongState'
  | 'AgentUnavailable'
  | 'Timeout'
  /** The host has no space left for what was to be written. */
  | 'NoSpace'
  /** QEMU or the agent answered with an error. */
  | 'Refused'
  /** QEMU sent something that is not its protocol, or too much of it. */
  | 'Protocol'

export class DriverError extends CodedError<DriverErrorCode> {}

/** A running (or just ended) machine. Calls reject with DriverError. */
export interface Domain extends DiskWork {
  readonly id: string
  readonly spec: DomainSpec
  readonly status: DomainStatus
  /** When QEMU was started; survives adoption. */
  readonly startedAt: Date
  /** The agent in the guest, connected or not. */
  readonly agent: GuestAgent
  /** ACPI power button. Resolves when sent; the end arrives as an event. */
  powerDown(): Promise<void>
  /** Ends QEMU now. Resolves when the process is gone. */
  destroy(): Promise<void>
  pause(): Promise<void>
  resume(): Promise<void>
  reset(): Promise<void>
  /** Reboot through the guest agent, or Ctrl-Alt-Del/ACPI where there is none. */
  softReboot(): Promise<void>
  setLink(nic: string, up: boolean): Promise<void>
  /**
   * Plugs a disk into the running machine, by the same rules as at its start; on the scsi or virtio bus. Where the machine has an empty
   * CD-ROM drive of that name, the disk is put into it. `spec.disks` has it from then on, for a driver that adopts the machine too.
   * Rejects InvalidSpec, Unsupported, AlreadyExists, Refused.
   */
  attachDisk(disk: DomainDisk): Promise<void>
  /**
   * Takes a disk out of the running machine, or the medium out of a CD-ROM drive. Resolves when the guest has let go of it, at once when
   * there is no such disk. Rejects Timeout when the guest takes longer: the request stands, and `detached` tells when it is met.
   */
  detachDisk(name: string): Promise<void>
  metrics(): Promise<DomainMetrics>
  /**
   * A session on the serial console. Only one at a time: opening a second destroys the first's stream. Replays nothing; use
   * `serialLog` for history.
   */
  openSerial(): Promise<Duplex>
  /** A raw RFB session; one at a time, the newest wins unless `preserve` and one is active (rejects WrongState). */
  openVnc(options: { preserve: boolean }): Promise<Duplex>
  /**
   * Plugs a USB device at the client's end into the first free slot: the stream speaks the usbredir protocol. Rejects WrongState when
   * there is no slot or none is free.
   */
  openUsbRedirection(): Promise<Duplex>
  /** PNG of the screen. */
  screenshot(): Promise<Buffer>
  /**
   * A connection to a port of the guest, on its first NIC. Over TCP it rejects Refused when nothing listens; over UDP nobody can know,
   * and each chunk, in either direction, is one datagram (object mode).
   */
  dial(port: number, protocol?: 'tcp' | 'udp'): Promise<Duplex>
  /** What the serial port printed, oldest first; bounded, so only the newest part of a long run is kept. */
  serialLog(options: { tailBytes?: number; follow: boolean; signal: AbortSignal }): AsyncIterable<Uint8Array>
}

export interface AdoptOptions {
  /**
   * Whether the image at this path is written down as that of its disk. Asked where an earlier process ended between `beforeSwitch` of
   * `commitDisk` and the switch: by the answer the disk changes its image or keeps it. Not written down when absent.
   */
  isSwitched?(this: void, path: string): Promise<boolean>
  /**
   * Whether this disk of the machine is written down to be in the image at this path. Asked where an earlier process ended between
   * `beforeSwitch` of `mirrorDisk` and the switch: by the answer the disk goes there or stays. Not written down when absent; when it
   * rejects the machine ends, because both images are right then, and neither would be any more.
   */
  isMoved?(this: void, path: string, disk: { machine: string; name: string }): Promise<boolean>
}

export interface Driver {
  capabilities(): HostCapabilities
  /** Rejects InvalidSpec/Unsupported before anything is started, StartFailed after; leaves nothing behind when it rejects. */
  start(spec: DomainSpec): Promise<Domain>
  get(id: string): Domain | undefined
  list(): Domain[]
  /**
   * Finds machines that an earlier process started, reconnects, and reports those that ended meanwhile as stopped. Called once,
   * before anything else.
   */
  adopt(options?: AdoptOptions): Promise<{ adopted: Domain[]; ended: Domain[] }>
  /** Removes the run-time folder of a stopped domain. Idempotent. */
  forget(id: string): Promise<void>
  on(listener: (event: DomainEvent) => void): () => void
  /** Lets go of everything without stopping a machine. */
  close(): Promise<void>
}
