/** How large the images are that are made of a manifest's own words: cloud-init, config maps and the like. */

import { stat } from 'node:fs/promises'
import type { VirtualMachineInstance, VolumeSourceKind } from '@berth/api'
import type { Domain } from '@berth/hypervisor'
import { ifPresent } from '../host/if-present.ts'

/** As KubeVirt, which tells the sizes of these and of no others. */
const generated: readonly VolumeSourceKind[] = [
  'cloudInitNoCloud',
  'cloudInitConfigDrive',
  'configMap',
  'downwardAPI',
  'secret',
  'serviceAccount',
  'sysprep',
]

/** They do not change while a machine runs. */
const known = new WeakMap<Domain, ReadonlyMap<string, number>>()

/** In bytes, by volume; a volume whose file went has none. */
export async function generatedSizes(
  instance: Readonly<VirtualMachineInstance>,
  domain: Domain,
): Promise<ReadonlyMap<string, number>> {
  const before = known.get(domain)
  if (before !== undefined) return before
  const sizes = new Map<string, number>()
  for (const volume of instance.spec.volumes ?? []) {
    const disk = domain.spec.disks.find(({ name }) => name === volume.name)
    if (disk === undefined || !generated.some((kind) => volume[kind] !== undefined)) continue
    const file = await ifPresent(stat(disk.path))
    if (file !== undefined) sizes.set(volume.name, file.size)
  }
  known.set(domain, sizes)
  return sizes
}
