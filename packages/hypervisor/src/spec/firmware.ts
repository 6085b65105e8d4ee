/** How a machine boots, and what its helper processes (TPM emulator, shared folders) and the host's limits give it. */

export interface FirmwareSpec {
  firmware: BiosFirmware | UefiFirmware
  /** System management mode of the chipset; undefined leaves it to QEMU. Secure Boot needs it. */
  smm?: boolean
  /** Direct kernel boot, instead of a boot disk. */
  kernel?: { path: string; initrd?: string; cmdline?: string }
  /** A TPM 2.0. `kept`: its state lives in `stateFolder`; otherwise it ends with the machine. */
  tpm?: { model: 'tpm-tis' | 'tpm-crb'; kept: boolean }
  /**
   * Absolute path of the folder that keeps what outlives a run: UEFI variables, TPM state. One machine at a time may use it. It is
   * made by the caller; what lies in it is the driver's business (`qemu/kept-state.ts`).
   */
  stateFolder?: string
  /** Folders that the guest mounts by virtiofs. It gets a copy, made at the start, that it cannot write to. */
  sharedFolders?: { tag: string; path: string }[]
  /** The guest's memory can be mapped by another process, as virtiofs needs it. */
  sharedMemory?: boolean
  /** What the host gives at most to the machine's processes together; kept by cgroups where the host has them. */
  limits?: HostLimits
}

export interface BiosFirmware {
  kind: 'bios'
  /** Boot messages go to the serial console too. */
  serial?: boolean
}

export interface UefiFirmware {
  kind: 'uefi'
  /** Firmware with Microsoft's keys enrolled, which refuses what none of them signed. */
  secureBoot?: boolean
  /** The variables are kept in `stateFolder`, and the next start finds them. */
  kept?: boolean
}

export interface HostLimits {
  /** In processors: 1.5 is one and a half. */
  cpus?: number
  /** Weight against other machines when processors are short, in thousandths of a processor. */
  cpuShareMillis?: number
  /** All memory of the machine's processes. On top of it the driver adds what emulation needs. */
  memoryBytes?: number
}
