/** Which buttons mend what is the matter with a machine. A restart that changes wait for is in the banner above every tab. */

import type { ActionId, WhyUpdate } from '@berth/view'
import type { LiveMachine } from '../use-machine.ts'

interface Row {
  action: ActionId
  when: (live: LiveMachine, why: WhyUpdate) => boolean
}

/** An action that the state rules out is not offered here: the header says why. */
const rows: readonly Row[] = [
  { action: 'start', when: ({ status }) => status === 'Stopped' },
  { action: 'start', when: ({ status }) => status === 'CrashLoopBackOff' },
  { action: 'unpause', when: ({ status }) => status === 'Paused' },
  {
    action: 'force-stop',
    when: ({ machine, status }) => status === 'Stopping' && machine.metadata.deletionTimestamp === undefined,
  },
  { action: 'edit', when: (_live, { findings }) => speaksOfDisks(findings) },
]

const diskKinds: ReadonlySet<string> = new Set([
  'PersistentVolumeClaim',
  'DataVolume',
  'DataSource',
  'Secret',
  'ConfigMap',
])

export function mendingActions(live: LiveMachine, why: WhyUpdate): ActionId[] {
  const found = rows.filter(({ action, when }) => live.refused[action] === undefined && when(live, why))
  const ids = new Set(found.map(({ action }) => action))
  return live.standalone ? [...ids].filter((id) => id === 'unpause') : [...ids]
}

/** What names a disk or a part of one that is not there is mended in the machine's manifest. */
function speaksOfDisks(findings: WhyUpdate['findings']): boolean {
  return findings.some(({ about, because }) => diskKinds.has(about.kind) || speaksOfDisks(because))
}
