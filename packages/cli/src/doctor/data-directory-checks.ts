/** Where everything is kept: room, rights, and a clock that certificates can rely on. */

import { access, constants, stat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { messageOf } from '@berth/base'
import type { Check } from './check.ts'

const gib = 1024 ** 3
/** Below this nothing useful fits: the engine's own files and one small disk. */
const leastFree = 2 * gib
/** One Debian image, being built. */
const goodFree = 10 * gib
/** When this program was written; a clock before that is certainly wrong. */
const earliestMs = Date.parse('2026-01-01T00:00:00Z')

export const dataDirectoryChecks: readonly Check[] = [
  {
    id: 'data-directory',
    title: 'Data directory',
    async run({ dataDirectory }) {
      const place = await nearestExisting(dataDirectory)
      try {
        await access(place, constants.R_OK | constants.W_OK | constants.X_OK)
      } catch (error) {
        return {
          verdict: 'fail',
          detail: `${dataDirectory}: ${messageOf(error)}`,
          remedy: 'Choose another with --data-dir, or run as the user it belongs to.',
        }
      }
      if (place !== dataDirectory) return { verdict: 'ok', detail: `${dataDirectory} (made by the first \`berth up\`)` }
      const { mode } = await stat(place)
      if ((mode & 0o022) === 0) return { verdict: 'ok', detail: dataDirectory }
      return {
        verdict: 'fail',
        detail: `${dataDirectory} can be written by others`,
        remedy: `chmod go-w ${dataDirectory}`,
      }
    },
  },
  {
    id: 'disk-space',
    title: 'Disk space',
    async run({ dataDirectory }) {
      const { bavail, bsize } = await statfs(await nearestExisting(dataDirectory))
      const free = bavail * bsize
      const detail = `${(free / gib).toFixed(1)} GiB free`
      const remedy = 'Free some space, or choose another disk with --data-dir.'
      if (free < leastFree) return { verdict: 'fail', detail, remedy }
      return free < goodFree ? { verdict: 'warn', detail, remedy } : { verdict: 'ok', detail }
    },
  },
  {
    id: 'clock',
    title: 'Clock',
    async run({ clock }) {
      const now = clock.now()
      const detail = now.toISOString()
      if (now.getTime() >= earliestMs) return { verdict: 'ok', detail }
      return { verdict: 'fail', detail, remedy: 'Set the clock: certificates and tokens depend on it.' }
    },
  },
]

/** The directory itself, or the closest parent that is there. */
async function nearestExisting(path: string): Promise<string> {
  try {
    await stat(path)
    return path
  } catch {
    const parent = dirname(path)
    return parent === path ? path : nearestExisting(parent)
  }
}
