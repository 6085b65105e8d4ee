/** What the QEMU driver is created with: its folder, the program, the identity machines run under, and the limits it keeps. */

import type { Logger } from '@berth/base'
import type { Acceleration } from '../spec/capabilities.ts'

/** A small guest that proves an acceleration works: it prints `marker` on ttyS0 and powers off. */
export interface ProbeGuest {
  kernel: string
  initrd: string
  /** `berth guest ready` unless given. */
  marker?: string
  /** Kernel command line; `console=ttyS0 quiet panic=-1 berth.probe=1` unless given. */
  cmdline?: string
}

export interface QemuDriverOptions {
  /** The state directory: one folder per machine. Made when missing. */
  directory: string
  /** The QEMU program, a path or a name on PATH; `qemu-system-x86_64` unless given. */
  binary?: string
  logger?: Logger
  /** Without one, KVM is only used when an earlier probe of this kernel boot is on record or `acceleration` says so. */
  probeGuest?: ProbeGuest
  /** Skips the probe. */
  acceleration?: Acceleration
  /** Time the probe guest has to print its marker, in milliseconds; 6000 unless given. */
  probeTimeoutMs?: number
  /**
   * Numeric user ids that machines run under when the driver runs as root, one per machine: `base` to `base + count - 1`.
   * 10000 ids of the directory's own above 1900000000 unless given. Ignored when the driver is an ordinary user: machines then run as that user.
   */
  uids?: { base: number; count: number }
  /** Most bytes of serial output kept per machine, in each of two generations; 4 MiB unless given. */
  serialLogBytes?: number
  /** Folders that are searched for UEFI firmware, instead of the usual ones. */
  firmwareDirectories?: string[]
  /** Time QEMU has to answer on QMP after its start, in milliseconds; 20000 unless given. */
  startTimeoutMs?: number
}
