/** The audit log's numbers, under the names Kubernetes gives them. */

import { Counter, Gauge, type Registry } from 'prom-client'
import type { AuditLog } from './audit-log.ts'

export function registerAuditMetrics(registry: Registry, log: Pick<AuditLog, 'counts'>): void {
  const registers = [registry]
  // Metrics that read their value on collection register themselves.
  void new Counter({
    name: 'apiserver_audit_event_total',
    help: 'Audit events written.',
    registers,
    collect() {
      this.reset()
      this.inc(log.counts.written)
    },
  })
  void new Counter({
    name: 'apiserver_audit_error_total',
    help: 'Audit events lost because the log could not be written.',
    labelNames: ['plugin'],
    registers,
    collect() {
      this.reset()
      this.inc({ plugin: 'log' }, log.counts.lost)
    },
  })
  void new Gauge({
    name: 'berth_audit_events_waiting',
    help: 'Audit events that wait to be written.',
    registers,
    collect() {
      this.set(log.counts.waiting)
    },
  })
}
