/** What a machine is made of before any device: identity, chipset, processors, memory, clock. */

export interface ComputeSpec {
  /** SMBIOS UUID. */
  uuid: string
  serial?: string
  machine: string
  /** `max`, `host`, `qemu64`, …; undefined lets the driver choose the best this acceleration has. */
  cpu: {
    model?: string
    features: { name: string; enabled: boolean }[]
    sockets: number
    cores: number
    threads: number
  }
  memoryMiB: number
  acpi: boolean
  clock: { utcOffsetSeconds: number; timezone?: string }
}
