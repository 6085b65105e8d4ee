/** Storages: what the engine that runs says of them. */

import { messageOf } from '@berth/base'
import { connectionOf, createClient, createHttpTransport, loadKubeconfig } from '@berth/kube'
import type { ClassRow } from '@berth/view'
import { adminKubeconfig } from '../locations.ts'
import { findClasses } from '../storage/check-class.ts'
import type { Check, Finding } from './check.ts'

export const storageChecks: readonly Check[] = [
  {
    id: 'storages',
    title: 'Storages',
    async run({ dataDirectory, engine }) {
      const state = await (await engine()).engineStatus(dataDirectory)
      if (state.state === 'stopped') return { verdict: 'ok', detail: 'looked at when the engine runs' }
      const { connection } = await connectionOf(await loadKubeconfig([adminKubeconfig(dataDirectory)]))
      const transport = createHttpTransport(connection, { answerTimeoutMs: 5000 })
      try {
        return ofClasses(await findClasses(createClient(transport)))
      } catch (error) {
        return { verdict: 'warn', detail: messageOf(error), remedy: 'See what is said of the engine.' }
      } finally {
        await transport.close()
      }
    },
  },
]

export function ofClasses(classes: readonly Pick<ClassRow, 'name' | 'status' | 'reason'>[]): Finding {
  const broken = classes.filter(({ status }) => status === 'OutOfService')
  const names = (rows: typeof classes): string => rows.map(({ name }) => name).join(', ')
  if (broken.length > 0)
    return {
      verdict: 'fail',
      detail: `out of service: ${names(broken)}`,
      // Classes of one storage have the same.
      remedy: [...new Set(broken.map(({ reason }) => reason ?? 'See `berth storage list`.'))].join(' '),
    }
  const full = classes.filter(({ status }) => status === 'Full')
  if (full.length > 0)
    return {
      verdict: 'warn',
      detail: `nearly full: ${names(full)}`,
      remedy: 'Delete disks and snapshots that are not needed, or add a storage: berth up --storage NAME=DIRECTORY',
    }
  return { verdict: 'ok', detail: names(classes) }
}
