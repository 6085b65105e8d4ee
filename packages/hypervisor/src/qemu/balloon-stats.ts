/** How a guest says it uses its memory, through its balloon. */

import type { DomainMetrics } from '../driver.ts'
import type { QmpClient } from '../qmp/client.ts'
import { readNumber, readRecord } from '../wire.ts'
import { balloonId } from './arguments/peripherals.ts'

type GuestMemory = NonNullable<DomainMetrics['guestMemory']>

/** QEMU's names; a guest that does not know a figure leaves it at this. */
const figures = {
  'stat-total-memory': 'totalBytes',
  'stat-free-memory': 'freeBytes',
  'stat-available-memory': 'availableBytes',
  'stat-disk-caches': 'cachedBytes',
  'stat-swap-in': 'swappedInBytes',
  'stat-swap-out': 'swappedOutBytes',
  'stat-major-faults': 'majorFaults',
  'stat-minor-faults': 'minorFaults',
} as const satisfies Record<string, keyof GuestMemory>
/** All bits set; a number here, so not exactly it. */
const unknownFigure = 2 ** 63

/** Undefined while the guest has said nothing: its driver is not there (yet). @throws {DriverError} Timeout, Protocol */
export async function readGuestMemory(qmp: QmpClient): Promise<GuestMemory | undefined> {
  const answer = await qmp.execute('qom-get', {
    path: `/machine/peripheral/${balloonId}`,
    property: 'guest-stats',
  })
  const { stats, 'last-update': updated } = readRecord(answer, 'guest-stats')
  if (readNumber(updated, 'guest-stats.last-update') === 0) return undefined
  const values = readRecord(stats, 'guest-stats.stats')
  const memory: GuestMemory = {}
  for (const [name, key] of Object.entries(figures)) {
    const value = values[name] === undefined ? -1 : readNumber(values[name], `guest-stats.stats.${name}`)
    if (value >= 0 && value < unknownFigure) memory[key] = value
  }
  return memory
}
