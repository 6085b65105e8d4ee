/** The machine most tests run. */

import type { DomainSpec } from '../spec/domain.ts'

export function plainSpec(id: string): DomainSpec {
  return {
    id,
    title: `default_${id}`,
    uuid: '11111111-2222-3333-4444-555555555555',
    machine: 'q35',
    cpu: { features: [], sockets: 1, cores: 1, threads: 1 },
    memoryMiB: 128,
    firmware: { kind: 'bios' },
    acpi: true,
    disks: [],
    nics: [
      {
        name: 'default',
        model: 'virtio',
        mac: '52:54:00:11:22:33',
        linkUp: true,
        network: { kind: 'user', cidr: '10.0.2.0/24' },
      },
    ],
    serialConsole: true,
    graphics: true,
    rng: false,
    guestAgent: false,
    clock: { utcOffsetSeconds: 0 },
    startPaused: false,
    tags: { name: id },
  }
}
