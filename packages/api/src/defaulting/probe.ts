/** Defaults of a probe: every ten seconds, one second to answer, once well, three times not. */

import type { Probe } from '../types/probe.ts'

const least = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 } as const

/** In place; zero and less count as absent. */
export function defaultProbe(probe: Probe | undefined): void {
  if (probe === undefined) return
  for (const key of ['timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'] as const) {
    if ((probe[key] ?? 0) < 1) probe[key] = least[key]
  }
}
