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
