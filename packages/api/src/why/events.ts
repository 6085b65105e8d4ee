/** What happened to an object, as far as events still tell. */

import type { EventFact } from './facts.ts'

export function latestFirst(events: readonly EventFact[]): EventFact[] {
  return events.toSorted((a, b) => timeOf(b).localeCompare(timeOf(a)))
}

function timeOf(event: EventFact): string {
  return event.lastTimestamp ?? event.eventTime ?? ''
}
