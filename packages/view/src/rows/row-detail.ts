/** What is worked out only for machines that somebody looks at: why it needs attention, and what can't be done to it now. */

import { actions, claimNames, explain, legality, type Finding } from '@berth/api'
import { refusals } from '../actions/refusal.ts'
import type { MachineParts } from './machine-row.ts'
import type { Tone, WorkloadRow } from './row.ts'

/** One sentence on a row; the whole chain is on the machine's page. */
const maxReason = 300

export function rowDetail(parts: MachineParts, tone: Tone, now: Date): Pick<WorkloadRow, 'reason' | 'refused'> {
  const reason = tone === 'attention' || tone === 'starting' ? reasonOf(parts, now) : undefined
  return { ...(reason === undefined ? {} : { reason }), refused: refusedOf(parts) }
}

function refusedOf({ machine, standalone, instance, hidden }: MachineParts): Record<string, string> {
  const refused: Record<string, string> = {}
  // Without the instance there is nothing to go by: the server says it when it is asked.
  if (hidden.instances) return refused
  for (const action of actions) {
    const answer = legality(action, machine, instance)
    if (!answer.allowed) refused[action] = answer.why
  }
  // Under the names of the table of actions, too: menus ask by those.
  Object.assign(refused, refusals({ machine, instance }))
  if (standalone) {
    for (const action of ['start', 'stop', 'restart']) {
      refused[action] = 'It is an instance without a VM, which runs once: delete it to end it'
    }
  }
  return refused
}

function reasonOf(parts: MachineParts, now: Date): string | undefined {
  const { machine, standalone, instance, claims, dataVolumes, hidden } = parts
  const unseen = hidden.claims || hidden.dataVolumes ? claimNames(machine.spec.template.spec) : []
  const { findings } = explain(
    {
      machine,
      standalone,
      instance,
      claims,
      dataVolumes,
      // What is not looked at here is taken to be there: a row raises no false alarm.
      sources: new Set(
        (machine.spec.dataVolumeTemplates ?? []).map(
          ({ spec: { sourceRef } }) =>
            `${sourceRef?.namespace ?? machine.metadata.namespace ?? ''}/${sourceRef?.name ?? ''}`,
        ),
      ),
      classes: [],
      nodes: [],
      pods: [],
      events: [],
      missingInputs: [],
      unread: unseen.map((name) => ({ what: `PersistentVolumeClaim "${name}"`, why: 'it may not be listed' })),
    },
    now,
  )
  const first = findings[0]
  return first === undefined ? undefined : innermost(first).says.slice(0, maxReason)
}

/** The end of the first chain: what all else follows from. */
function innermost(finding: Finding): Finding {
  const next = finding.because[0]
  return next === undefined ? finding : innermost(next)
}
