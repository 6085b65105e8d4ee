/** Names the disks that a machine is paused for. */

import type { DomainSpec } from '../spec/domain.ts'
import type { QmpClient } from '../qmp/client.ts'
import { diskId } from './arguments/disks.ts'

export async function describeFailingDisks(spec: DomainSpec, qmp: QmpClient): Promise<string> {
  const failing = (await qmp.execute('query-block')).filter(
    ({ ioStatus }) => ioStatus !== undefined && ioStatus !== 'ok',
  )
  const names = failing.flatMap(({ qdev, ioStatus }) => {
    const disk = spec.disks.find(({ name }) => qdev.split('/').includes(diskId(name)))
    return disk === undefined
      ? []
      : [`${disk.name} (${ioStatus === 'nospace' ? 'no space left' : 'input/output error'})`]
  })
  return `A disk failed: ${names.join(', ') || 'unknown'}.`
}
