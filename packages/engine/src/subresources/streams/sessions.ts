/** Who is connected to which machine, under the names KubeVirt's metrics have. */

import type { ServerMetrics } from '@berth/apiserver'
import type { Clock } from '@berth/base'
import { keyOf, type Informer } from '@berth/kube'
import type { VirtualMachineInstance } from '@berth/api'

const gauges = {
  console: { name: 'kubevirt_console_active_connections', help: 'Sessions on the serial console.' },
  vnc: { name: 'kubevirt_vnc_active_connections', help: 'Sessions on the screen.' },
  portforward: { name: 'kubevirt_portforward_active_tunnels', help: 'Connections to ports of the guest.' },
  usbredir: { name: 'kubevirt_usbredir_active_connections', help: 'USB devices at the ends of clients.' },
} as const

export type SessionKind = keyof typeof gauges

const kinds = Object.keys(gauges) as SessionKind[] // the keys of a constant

export class Sessions {
  readonly #clock: Clock
  readonly #open: Record<SessionKind, Map<string, number>> = {
    console: new Map(),
    vnc: new Map(),
    portforward: new Map(),
    usbredir: new Map(),
  }
  /** Seconds since 1970, by instance; when a session of whatever kind ended last. */
  readonly lastEnds = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Counts a session until the returned function is called, which is once. */
  enter(kind: SessionKind, instance: VirtualMachineInstance): () => void {
    const key = keyOf(instance)
    const open = this.#open[kind]
    open.set(key, (open.get(key) ?? 0) + 1)
    return () => {
      const left = (open.get(key) ?? 1) - 1
      if (left === 0) open.delete(key)
      else open.set(key, left)
      this.lastEnds.set(key, Math.floor(this.#clock.now().getTime() / 1000))
    }
  }

  /** By instance, those that have any. */
  open(kind: SessionKind): ReadonlyMap<string, number> {
    return this.#open[kind]
  }
}

export function reportSessions(
  metrics: Pick<ServerMetrics, 'report'>,
  {
    sessions,
    informers,
  }: { sessions: Sessions; informers: { instances: Pick<Informer<VirtualMachineInstance>, 'get'> } },
): void {
  const labelNames = ['namespace', 'vmi']
  for (const kind of kinds) {
    metrics.report({ ...gauges[kind], labelNames, values: () => labelled(sessions.open(kind)) })
  }
  metrics.report({
    name: 'kubevirt_vmi_last_api_connection_timestamp_seconds',
    help: 'When a session on the machine ended last.',
    labelNames,
    values() {
      // Kept for as long as the instance is there.
      for (const key of sessions.lastEnds.keys()) {
        const { namespace, vmi } = labelsOf(key)
        if (informers.instances.get(namespace, vmi) === undefined) sessions.lastEnds.delete(key)
      }
      return labelled(sessions.lastEnds)
    },
  })
}

function* labelled(values: ReadonlyMap<string, number>): Iterable<[{ namespace: string; vmi: string }, number]> {
  for (const [key, value] of values) yield [labelsOf(key), value]
}

function labelsOf(key: string): { namespace: string; vmi: string } {
  const [namespace = '', vmi = ''] = key.split('/')
  return { namespace, vmi }
}
