/** What a machine uses: processor and memory from the kernel, disks from QEMU. */

import { readFile } from 'node:fs/promises'
import { DriverError, type DomainMetrics } from '../driver.ts'
import type { DomainSpec } from '../spec/domain.ts'
import type { QmpClient } from '../qmp/client.ts'
import { diskId } from './arguments/disks.ts'
import { readGuestMemory } from './balloon-stats.ts'
import { statFields, type ProcessIdentity } from './process-identity.ts'

/** @throws {DriverError} WrongState when the process has ended */
export async function readMetrics(spec: DomainSpec, identity: ProcessIdentity, qmp: QmpClient): Promise<DomainMetrics> {
  const statistics = await qmp.execute('query-blockstats')
  const stat = statFields(identity.pid)
  const resident = await readResident(identity.pid)
  if (stat === undefined || stat.startTime !== identity.startTime || resident === undefined) {
    throw new DriverError('WrongState', `${spec.id} is not running`)
  }
  const disks: DomainMetrics['disks'] = {}
  for (const { name } of spec.disks) {
    // QEMU names a device by its id, or by the path of an inner part of it.
    const found = statistics.find(({ qdev }) => qdev.split('/').includes(diskId(name)))
    if (found === undefined) continue
    const { qdev: _, ...figures } = found
    disks[name] = figures
  }
  const guestMemory = spec.balloon?.statsSeconds === undefined ? undefined : await readGuestMemory(qmp)
  return {
    ...(guestMemory === undefined ? {} : { guestMemory }),
    cpuSeconds: stat.cpuSeconds,
    residentBytes: resident,
    disks,
    nics: {},
  }
}

async function readResident(pid: number): Promise<number | undefined> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1]
  return kib === undefined ? undefined : Number(kib) * 1024
}
