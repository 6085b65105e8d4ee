/** Measured values of a machine, live: at most what the server's ring holds. */

import type { MetricsSample, MetricsUpdate } from '@berth/view'
import { useFoldedChannel } from '../../../live/index.ts'
import type { MachineTarget } from '../machine-target.ts'

export interface Measured {
  samples: readonly MetricsSample[]
  intervalMs: number
  missing: readonly { what: string; why: string }[]
  /** Nothing can be measured, and why. */
  none?: string
}

const most = 120

function fold(before: Measured | undefined, update: MetricsUpdate): Measured {
  switch (update.kind) {
    case 'all':
      return { samples: update.samples, intervalMs: update.intervalMs, missing: update.missing }
    case 'more': {
      const { samples = [], intervalMs = 5000, missing = [] } = before ?? {}
      return { samples: [...samples, ...update.samples].slice(-most), intervalMs, missing }
    }
    case 'none':
      return { samples: [], intervalMs: 5000, missing: [], none: update.why }
  }
}

/** Undefined until the first answer. */
export function useMetrics({ cluster, namespace, name }: MachineTarget): {
  measured: Measured | undefined
  refused: string | undefined
} {
  const { value, refusal } = useFoldedChannel('metrics', { cluster, namespace, name }, fold)
  return { measured: value, refused: refusal?.message }
}
