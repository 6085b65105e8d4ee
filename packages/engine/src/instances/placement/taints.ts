/** Taints of nodes and tolerations of instances. Source: core/v1 Toleration.ToleratesTaint. */

import type { Toleration } from '@berth/api'
import type { Node } from '@berth/kube'

export interface Taint {
  key: string
  value?: string
  effect: string
}

function tolerates({ key = '', operator = 'Equal', value = '', effect = '' }: Toleration, taint: Taint): boolean {
  if (effect !== '' && effect !== taint.effect) return false
  if (key === '' && operator !== 'Exists') return false
  if (key !== '' && key !== taint.key) return false
  return operator === 'Exists' || value === (taint.value ?? '')
}

function untolerated(
  node: Readonly<Node>,
  tolerations: readonly Toleration[] | undefined,
  effects: readonly string[],
): Taint[] {
  return (node.spec?.taints ?? []).filter(
    (taint) =>
      effects.includes(taint.effect) && !(tolerations ?? []).some((toleration) => tolerates(toleration, taint)),
  )
}

/** The first taint that keeps the instance off the node. */
export function forbiddingTaint(
  node: Readonly<Node>,
  tolerations: readonly Toleration[] | undefined,
): Taint | undefined {
  return untolerated(node, tolerations, ['NoSchedule', 'NoExecute'])[0]
}

/** How many taints would rather have the instance elsewhere. */
export function discouragingTaints(node: Readonly<Node>, tolerations: readonly Toleration[] | undefined): number {
  return untolerated(node, tolerations, ['PreferNoSchedule']).length
}

/**
 * How long a machine stays on a node whose taints end machines. As in Kubernetes, the first toleration that fits a taint is the one that
 * counts, and the shortest time of all.
 */
export function toleratedSeconds(
  node: Readonly<Node>,
  tolerations: readonly Toleration[] | undefined,
): number | 'always' {
  const times = (node.spec?.taints ?? [])
    .filter(({ effect }) => effect === 'NoExecute')
    .map((taint) => {
      const toleration = (tolerations ?? []).find((each) => tolerates(each, taint))
      return toleration === undefined ? 0 : (toleration.tolerationSeconds ?? Number.POSITIVE_INFINITY)
    })
  const shortest = Math.max(0, Math.min(...times))
  return Number.isFinite(shortest) ? shortest : 'always'
}
