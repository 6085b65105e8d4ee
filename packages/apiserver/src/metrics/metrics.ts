/** The server's own numbers, under the names Kubernetes gives them where it has one. */

import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'
import type { LevelState, PriorityObserver } from '../server/priority/priority-and-fairness.ts'
import { flowControlMetrics } from './flow-control.ts'

export interface RequestLabels {
  verb: string
  group: string
  version: string
  resource: string
  subresource: string
}

type GaugeValues = Iterable<readonly [labels: Record<string, string>, value: number]>

/** A gauge with a value for each set of labels. */
export interface GaugeSource {
  name: string
  help: string
  labelNames: readonly string[]
  values(): GaugeValues | Promise<GaugeValues>
}

export interface ServerMetrics {
  /** Other parts of the process register their metrics here. */
  readonly registry: Registry
  requestDone(labels: RequestLabels, outcome: { code: number; seconds: number }): void
  watchStarted(labels: { group: string; resource: string }): void
  watchEnded(labels: { group: string; resource: string }): void
  watchCutOff(labels: { group: string; resource: string }): void
  /** Adds numbers of other parts of the process, read when the metrics are asked for. */
  report(source: GaugeSource): void
  /** API priority and fairness. */
  readonly flowControl: PriorityObserver
  /** Prometheus text. */
  render(): Promise<{ contentType: string; body: string }>
}

const requestLabelNames = ['verb', 'group', 'version', 'resource', 'subresource'] as const
const resourceLabelNames = ['group', 'resource'] as const

/** @param sources values read when the metrics are asked for */
export function createMetrics(sources: {
  storeRevision(): number
  inFlight(): { readOnly: number; mutating: number }
  levels(): LevelState[]
  /** Stored objects by resource, as `pods` or `boats.harbour.example`. */
  objects(): Iterable<readonly [resource: string, count: number]>
}): ServerMetrics {
  const registry = new Registry()
  let processMetrics = false
  const registers = [registry]
  const requests = new Counter({
    name: 'apiserver_request_total',
    help: 'Requests answered, by verb, resource and code.',
    labelNames: [...requestLabelNames, 'code'],
    registers,
  })
  const durations = new Histogram({
    name: 'apiserver_request_duration_seconds',
    help: 'Time to answer a request; watches, streams and upgrades are left out.',
    labelNames: requestLabelNames,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers,
  })
  const watchers = new Gauge({
    name: 'apiserver_longrunning_requests',
    help: 'Running watches.',
    labelNames: resourceLabelNames,
    registers,
  })
  const cutOff = new Counter({
    name: 'apiserver_terminated_watchers_total',
    help: 'Watchers cut off because they did not keep up.',
    labelNames: resourceLabelNames,
    registers,
  })
  const flowControl = flowControlMetrics(registers, () => sources.levels())
  registerSources(registers, sources)

  return {
    registry,
    requestDone(labels, { code, seconds }) {
      requests.inc({ ...labels, code })
      if (labels.verb !== 'WATCH' && labels.verb !== 'CONNECT') durations.observe({ ...labels }, seconds)
    },
    watchStarted: (labels) => watchers.inc(labels),
    watchEnded: (labels) => watchers.dec(labels),
    watchCutOff: (labels) => cutOff.inc(labels),
    report: (source) => registerSource(registers, source),
    flowControl,
    async render() {
      // The process's own metrics take 100 ms to set up, which a start has no time for.
      if (!processMetrics) collectDefaultMetrics({ register: registry })
      processMetrics = true
      return { contentType: registry.contentType, body: await registry.metrics() }
    },
  }
}

function registerSource(registers: Registry[], source: GaugeSource): void {
  const { name, help, labelNames } = source
  void new Gauge({
    name,
    help,
    labelNames: [...labelNames],
    registers,
    async collect() {
      const values = await source.values()
      // What they are about comes and goes.
      this.reset()
      for (const [labels, value] of values) this.set(labels, value)
    },
  })
}

function registerSources(registers: Registry[], sources: Parameters<typeof createMetrics>[0]): void {
  // Gauges that read their value on collection register themselves.
  void new Gauge({
    name: 'berth_store_revision',
    help: 'Last durable revision of the store.',
    registers,
    collect() {
      this.set(sources.storeRevision())
    },
  })
  void new Gauge({
    name: 'apiserver_storage_objects',
    help: 'Stored objects.',
    labelNames: ['resource'],
    registers,
    collect() {
      // Kinds come and go.
      this.reset()
      for (const [resource, count] of sources.objects()) this.set({ resource }, count)
    },
  })
  void new Gauge({
    name: 'apiserver_current_inflight_requests',
    help: 'Requests running now.',
    labelNames: ['request_kind'],
    registers,
    collect() {
      const { readOnly, mutating } = sources.inFlight()
      this.set({ request_kind: 'readOnly' }, readOnly)
      this.set({ request_kind: 'mutating' }, mutating)
    },
  })
}
