/** The numbers of API priority and fairness, under Kubernetes' names. */

import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { LevelState, PriorityObserver } from '../server/priority/priority-and-fairness.ts'

const flowLabels = ['flow_schema', 'priority_level'] as const

/** @param levels read when the metrics are asked for */
export function flowControlMetrics(registers: Registry[], levels: () => LevelState[]): PriorityObserver {
  const dispatched = new Counter({
    name: 'apiserver_flowcontrol_dispatched_requests_total',
    help: 'Requests that were let in.',
    labelNames: flowLabels,
    registers,
  })
  const rejected = new Counter({
    name: 'apiserver_flowcontrol_rejected_requests_total',
    help: 'Requests answered with 429.',
    labelNames: [...flowLabels, 'reason'],
    registers,
  })
  const waits = new Histogram({
    name: 'apiserver_flowcontrol_request_wait_duration_seconds',
    help: 'Time requests waited for a seat before they were let in.',
    labelNames: flowLabels,
    buckets: [0, 0.005, 0.02, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30],
    registers,
  })
  const gauges: [string, string, (level: LevelState) => number][] = [
    ['nominal_limit_seats', 'Seats of a priority level.', (level) => level.nominal],
    ['current_executing_seats', 'Seats taken now.', (level) => level.seats],
    ['current_executing_requests', 'Requests running now.', (level) => level.executing],
    ['current_inqueue_requests', 'Requests waiting for a seat now.', (level) => level.waiting],
  ]
  for (const [name, help, read] of gauges) {
    // Gauges that read their value on collection register themselves.
    void new Gauge({
      name: `apiserver_flowcontrol_${name}`,
      help,
      labelNames: ['priority_level'],
      registers,
      collect() {
        for (const level of levels()) this.set({ priority_level: level.name }, read(level))
      },
    })
  }
  return {
    dispatched(labels, waitedSeconds) {
      dispatched.inc({ ...labels })
      waits.observe({ ...labels }, waitedSeconds)
    },
    rejected: (labels, reason) => rejected.inc({ ...labels, reason }),
  }
}
