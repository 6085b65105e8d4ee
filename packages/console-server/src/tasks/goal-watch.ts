/** Waits until machines are where a task wants them, by watches with the person's own rights. */

import { virtualMachineInstances, virtualMachines, type VirtualMachine, type VirtualMachineInstance } from '@berth/api'
import type { Clock } from '@berth/base'
import { judgeGoal, type Goal, type GoalStart, type ObjectReference } from '@berth/view'
import type { Cluster, Identity } from '../clusters/cluster.ts'
import type { View, Watches } from '../watches/contract.ts'

/** The state from before the request still shows for a moment; only after it counts a hopeless one. */
const settleMs = 3000
/** Machines of one task that get a watch each; more of them share one of everything. */
const single = 24

export type Outcome = { kind: 'reached' } | { kind: 'failed'; why: string } | { kind: 'unseen' }

export interface GoalWatch {
  /** @param onStatus the state it is in meanwhile */
  wait(target: ObjectReference, start: GoalStart, onStatus: (status: string) => void): Promise<Outcome>
  close(): void
}

export interface GoalWatchOptions {
  watches: Watches
  clock: Clock
  cluster: Cluster
  identity: Identity
  goal: Goal
  /** How many will be waited for. */
  count: number
  limitMs: number
}

interface Views {
  machines: View<VirtualMachine>
  instances: View<VirtualMachineInstance>
}

export function watchGoal({ watches, clock, cluster, identity, goal, count, limitMs }: GoalWatchOptions): GoalWatch {
  const waiting = new Map<string, () => void>()
  const shared = count > single ? open(undefined) : undefined
  const opened = new Set<Views>(shared === undefined ? [] : [shared])

  function open(where: { namespace: string; name: string } | undefined): Views {
    const place = { cluster, identity, ...(where === undefined ? {} : { where }) }
    const look = (object: { metadata: { namespace?: string; name?: string } } | undefined): void =>
      waiting.get(`${object?.metadata.namespace ?? ''}/${object?.metadata.name ?? ''}`)?.()
    const onState = (): void => {
      for (const again of waiting.values()) again()
    }
    return {
      machines: watches.follow({
        ...place,
        resource: virtualMachines,
        onChange: (current, previous) => look(current ?? previous),
        onState,
      }),
      instances: watches.follow({
        ...place,
        resource: virtualMachineInstances,
        onChange: (current, previous) => look(current ?? previous),
        onState,
      }),
    }
  }

  function stop(views: Views): void {
    opened.delete(views)
    views.machines.stop()
    views.instances.stop()
  }

  return {
    async wait(target, start, onStatus) {
      const { namespace = '', name } = target
      const views = shared ?? open({ namespace, name })
      opened.add(views)
      const key = `${namespace}/${name}`
      const begun = clock.now().getTime()
      const cancels: (() => void)[] = []
      const isMachine = target.resource === virtualMachines.resource
      try {
        return await new Promise<Outcome>((resolve) => {
          const look = (): void => {
            const states = [views.machines.state.state, views.instances.state.state]
            if (states.includes('forbidden') || states.includes('absent')) return resolve({ kind: 'unseen' })
            // Without both lists nothing can be said; what is stale is out of date.
            if (states.some((state) => state !== 'live')) return
            const sight = {
              machine: isMachine ? views.machines.get(namespace, name) : undefined,
              instance: views.instances.get(namespace, name),
            }
            const verdict = judgeGoal(goal, sight, start)
            const settled = clock.now().getTime() - begun >= settleMs
            if (verdict.kind === 'reached') resolve({ kind: 'reached' })
            else if (verdict.kind === 'waiting') onStatus(verdict.status)
            else if (settled) resolve({ kind: 'failed', why: verdict.why })
          }
          waiting.set(key, look)
          cancels.push(
            clock.after(settleMs, look),
            clock.after(limitMs, () =>
              resolve({
                kind: 'failed',
                why: `It was not ${goal} after ${Math.round(limitMs / 60_000)} minutes. It goes on by itself; its page says why it takes so long.`,
              }),
            ),
          )
          // The views may have everything already.
          queueMicrotask(look)
        })
      } finally {
        waiting.delete(key)
        for (const cancel of cancels) cancel()
        if (views !== shared) stop(views)
      }
    },
    close() {
      for (const views of opened) stop(views)
    },
  }
}
