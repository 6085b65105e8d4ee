/** Numbers of webhook calls, under Kubernetes' names. They belong to no registry until the server that has them is there. */

import { Counter, Histogram, type Registry } from 'prom-client'

export type WebhookType = 'admit' | 'validating'

export interface WebhookCallOutcome {
  type: WebhookType
  name: string
  operation: string
  seconds: number
  /** `no_error` for a denial by the webhook itself. */
  rejection?: { errorType: 'calling_webhook_error' | 'no_error'; code: number }
}

export class WebhookMetrics {
  readonly #durations = new Histogram({
    name: 'apiserver_admission_webhook_admission_duration_seconds',
    help: 'Time a webhook took to answer.',
    labelNames: ['name', 'type', 'operation', 'rejected'],
    buckets: [0.005, 0.025, 0.1, 0.5, 1, 2.5, 10, 25],
    registers: [],
  })
  readonly #rejections = new Counter({
    name: 'apiserver_admission_webhook_rejection_count',
    help: 'Writes that a webhook denied, or that failed with it.',
    labelNames: ['name', 'type', 'operation', 'error_type', 'rejection_code'],
    registers: [],
  })
  readonly #failOpen = new Counter({
    name: 'apiserver_admission_webhook_fail_open_count',
    help: 'Writes that went on although a webhook could not be asked.',
    labelNames: ['name', 'type'],
    registers: [],
  })

  /** Shows the numbers among those of a server (`ApiServer.metrics.registry`). */
  registerIn(registry: Registry): void {
    for (const metric of [this.#durations, this.#rejections, this.#failOpen]) registry.registerMetric(metric)
  }

  called({ type, name, operation, seconds, rejection }: WebhookCallOutcome): void {
    this.#durations.observe({ name, type, operation, rejected: String(rejection !== undefined) }, seconds)
    if (rejection === undefined) return
    const { errorType, code } = rejection
    this.#rejections.inc({ name, type, operation, error_type: errorType, rejection_code: code })
  }

  failedOpen(type: WebhookType, name: string): void {
    this.#failOpen.inc({ name, type })
  }
}
