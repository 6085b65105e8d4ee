/** A machine that stays in its firmware: for tests to which only matters that QEMU has the images open. */

import type { DomainSpec } from '@berth/hypervisor'
import type { DiskImages } from '../volumes/volume-types.ts'

/** Its disk is called `data`. */
export function idleMachine(id: string, images: DiskImages): DomainSpec {
  return {
    id,
    title: id,
    uuid: '11111111-2222-3333-4444-555555555555',
    machine: 'q35',
    cpu: { features: [], sockets: 1, cores: 1, threads: 1 },
    memoryMiB: 64,
    firmware: { kind: 'bios' },
    acpi: true,
    disks: [{ name: 'data', ...images, device: 'disk', bus: 'virtio', readOnly: false }],
    nics: [],
    serialConsole: false,
    graphics: false,
    rng: false,
    guestAgent: false,
    clock: { utcOffsetSeconds: 0 },
    startPaused: false,
    tags: {},
  }
}
