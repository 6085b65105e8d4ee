/** Waits until one object is done or has failed, or is gone, by a watch of that object with the person's own rights. */

import type { Clock } from '@berth/base'
import { resource, type KubeObject } from '@berth/meta'
import { judgeSettled, type ObjectReference, type Settled } from '@berth/view'
import type { Cluster, Identity } from '../clusters/cluster.ts'
import type { View, Watches } from '../watches/contract.ts'
import type { Outcome } from './goal-watch.ts'

/** What was asked for is there when the cluster has answered; a list from before it may still lack it. */
const appearMs = 5000

export interface SettleOptions {
  watches: Watches
  clock: Clock
  cluster: Cluster
  identity: Identity
  target: ObjectReference
  settle: 'settled' | 'gone'
  /** Instead of what its kind says; also of one that is not there. */
  judge?: ((object: KubeObject | undefined) => Settled) | undefined
  /** The state it is in meanwhile. */
  onStatus: (status: string) => void
  limitMs: number
}

export async function waitSettled(options: SettleOptions): Promise<Outcome> {
  const { watches, clock, cluster, identity, target, settle, judge, onStatus, limitMs } = options
  const { group, version, resource: plural, namespace, name } = target
  const begun = clock.now().getTime()
  const cancels: (() => void)[] = []
  let view: View<KubeObject> | undefined
  try {
    return await new Promise<Outcome>((resolve) => {
      const look = (): void => {
        if (view === undefined) return
        const { state } = view.state
        if (state === 'forbidden' || state === 'absent') return resolve({ kind: 'unseen' })
        if (state !== 'live') return
        const object = view.get(namespace, name)
        const verdictOf = judge ?? (object === undefined ? undefined : () => judgeSettled(plural, object))
        if (verdictOf === undefined) {
          if (settle === 'gone') resolve({ kind: 'reached' })
          else if (clock.now().getTime() - begun >= appearMs) {
            resolve({ kind: 'failed', why: 'It was deleted meanwhile.' })
          }
          return
        }
        if (settle === 'gone') return onStatus('Terminating')
        const verdict = verdictOf(object)
        if (verdict.kind === 'waiting') onStatus(verdict.status)
        else resolve(verdict.kind === 'reached' ? { kind: 'reached' } : { kind: 'failed', why: verdict.why })
      }
      view = watches.follow<KubeObject>({
        cluster,
        identity,
        resource: resource<KubeObject>({
          apiVersion: group === '' ? version : `${group}/${version}`,
          resource: plural,
          kind: plural,
          namespaced: namespace !== undefined,
        }),
        where: { ...(namespace === undefined ? {} : { namespace }), name },
        onChange: look,
        onState: look,
      })
      cancels.push(
        clock.after(appearMs, look),
        clock.after(limitMs, () =>
          resolve({
            kind: 'failed',
            why: 'It takes too long to be waited for. It goes on by itself; its page says more.',
          }),
        ),
      )
      // The view may have everything already.
      queueMicrotask(look)
    })
  } finally {
    for (const cancel of cancels) cancel()
    view?.stop()
  }
}
