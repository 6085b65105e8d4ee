/** A machine to run, as one plain value. */

import type { ComputeSpec } from './compute.ts'
import type { DeviceSpec } from './devices.ts'
import type { FirmwareSpec } from './firmware.ts'

/** Everything the driver needs; it never asks back. Kept on disk with the machine: a newer driver reads what an older one wrote. */
export interface DomainSpec extends ComputeSpec, FirmwareSpec, DeviceSpec {
  /** Unique on this host and safe as a folder name (`[a-z0-9-]`, at most 63 characters); the engine uses the VMI's uid. */
  id: string
  /** Shown in process lists and logs: `namespace_name`. */
  title: string
  startPaused: boolean
  /** A reboot of the guest ends the machine; absent, the guest starts over in the same machine. */
  onReboot?: 'end'
  /** Any strings the engine wants back when it adopts the domain (namespace, name, node, uid). */
  tags: Record<string, string>
}
