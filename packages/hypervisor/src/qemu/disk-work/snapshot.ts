/** New images on top of what disks have, from one instant on. */

import type { DiskOverlay } from '../../disk-work.ts'
import { imagesOf, withOverlays } from '../../image-chain.ts'
import type { DomainDisk } from '../../spec/disks.ts'
import type { DomainSpec } from '../../spec/domain.ts'
import type { BlockAction } from '../../qmp/commands.ts'
import { goOn } from './bitmaps.ts'
import type { WorkParts } from './parts.ts'

/** In turn. */
export async function snapshotDisks(parts: WorkParts, overlays: readonly DiskOverlay[]): Promise<void> {
  const { machine, graph, changes } = parts
  const before = machine.spec()
  const names = overlays.map(({ disk }) => disk)
  const of = ({ disks }: DomainSpec): DomainDisk[] => disks.filter(({ name }) => names.includes(name))
  const after = of(withOverlays(before, overlays))
  const chains = await Promise.all(of(before).map((disk) => graph.need(disk)))
  try {
    const actions: BlockAction[] = []
    for (const [index, disk] of after.entries()) {
      const overlay = await graph.add(disk, { backed: true })
      for (const head of chains[index]?.slice(0, 1) ?? []) {
        actions.push(...goOn(head, overlay), { type: 'blockdev-snapshot', data: { node: head.node, overlay } })
      }
    }
    await changes.announce(after)
    await graph.qmp.execute('transaction', { actions })
  } catch (error) {
    const happened = await changes.settle(names)
    for (const name of names) await graph.sweep(name)
    // Otherwise only the answer was lost.
    if (happened.length === 0) throw error
    return
  }
  await changes.settle(names)
  for (const disk of after) await lowerAccess(parts, disk)
}

/** Nobody writes to what was the first image any more. QEMU that keeps a file to write to does no harm unless it is in a guest's hands. */
async function lowerAccess({ machine, graph }: WorkParts, disk: DomainDisk): Promise<void> {
  const [, below] = imagesOf(disk)
  if (below === undefined) return
  try {
    await graph.setWritable(disk, below.path, false)
  } catch (error) {
    machine.logger.warn({ machine: machine.spec().id, disk: disk.name, error }, 'a layer stays open for writing')
  }
}
