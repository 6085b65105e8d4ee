/** Channel `metrics`: measured values of a machine, only to those who may read its instance. */

import { virtualMachineInstances, type VirtualMachineInstance } from '@berth/api'
import type { MetricsSample } from '@berth/view'
import { missingOf } from '../../metrics/reading.ts'
import { metrics } from '../../metrics/metrics.ts'
import type { View } from '../../watches/contract.ts'
import { watches } from '../../watches/registry.ts'
import type { ChannelKind } from '../channel.ts'
import { readMachine } from '../request-fields.ts'
import { signedInAt } from '../signed-in-at.ts'

export const metricsChannel: ChannelKind<'metrics'> = {
  cost: 10,
  parse: readMachine,
  open({ context, request, send, refuse, ready = () => true }) {
    let end = (): void => {}
    let resync = (): void => {}

    function start({ cluster: id, namespace, name }: typeof request): void {
      end()
      const at = signedInAt(context, id)
      if ('refusal' in at) {
        refuse(at.refusal)
        return
      }
      const { sampler, key } = context.part(metrics).samplerOf({ ...at, namespace, name })
      /** Time of the newest sample that was sent; undefined before the first `all`. */
      let sentUntil: number | undefined
      let saidNone: string | undefined
      let stopUsing: (() => void) | undefined
      const instance: View<VirtualMachineInstance> = context.part(watches).follow({
        ...at,
        resource: virtualMachineInstances,
        where: { namespace, name },
        onChange: look,
        onState: look,
      })

      function look(): void {
        const { state } = instance
        if (state.state === 'forbidden') {
          refuse({ reason: 'Forbidden', message: state.message })
          return
        }
        if (instance.get(namespace, name) === undefined) {
          stopUsing?.()
          stopUsing = undefined
          sentUntil = undefined
          if (state.state === 'live') none('It does not run.')
          return
        }
        if (stopUsing !== undefined) return
        stopUsing = sampler.use({ wants: key, onRound: tell })
        tell()
      }

      function tell(): void {
        if (!ready() || instance.get(namespace, name) === undefined) return
        const ring = sampler.ring(key)
        if (ring === undefined) {
          // The first round is under way, or it failed, or the machine is not measured yet.
          if (sampler.failure !== undefined) none(sampler.failure)
          return
        }
        saidNone = undefined
        const { samples, last } = ring
        if (sentUntil === undefined) {
          send({ kind: 'all', samples, intervalMs: sampler.intervalMs, missing: missingOf(last.reading) })
        } else {
          const since = sentUntil
          const fresh = samples.filter(({ time }) => time > since)
          if (fresh.length > 0) send({ kind: 'more', samples: fresh })
        }
        sentUntil = newest(samples) ?? sentUntil ?? 0
      }

      function none(why: string): void {
        if (why === saidNone) return
        saidNone = why
        sentUntil = undefined
        send({ kind: 'none', why })
      }

      resync = () => {
        sentUntil = undefined
        saidNone = undefined
        look()
        tell()
      }
      end = () => {
        stopUsing?.()
        instance.stop()
      }
    }

    start(request)
    return { change: start, resync: () => resync(), close: () => end() }
  },
}

function newest(samples: readonly MetricsSample[]): number | undefined {
  return samples.at(-1)?.time
}
