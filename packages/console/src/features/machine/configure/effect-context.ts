/** What decides whether a change of this machine reaches its guest at once. */

import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { isConditionTrue, type KubeObject } from '@berth/meta'
import { kubeVirts, type KubeVirt } from '@berth/api'
import type { EffectContext } from '@berth/view'
import { clusterApi, useSession } from '../../../backend/index.ts'
import type { LiveMachine } from '../use-machine.ts'

export function useEffectContext(live: Pick<LiveMachine, 'target' | 'instance' | 'running'>): EffectContext {
  const { cluster } = live.target
  const engine = useSession().clusters.find(({ id }) => id === cluster)?.kind === 'engine'
  const { data } = useQuery({
    queryKey: ['k8s', cluster, 'kubevirts'],
    queryFn: async ({ signal }) => clusterApi(cluster).list<KubeVirt & KubeObject>(kubeVirts, { limit: 1, signal }),
    staleTime: 60_000,
    retry: false,
  })
  const configured = data?.items[0]?.spec?.configuration?.vmRolloutStrategy
  const instance = live.running ? live.instance : undefined
  return useMemo(() => {
    // KubeVirt plugs processors and memory in by moving the machine; the engine can do neither.
    const movable = !engine && isConditionTrue(instance?.status?.conditions, 'LiveMigratable')
    return {
      instance,
      rollout: configured === 'Stage' ? 'Stage' : 'LiveUpdate',
      abilities: { cpuHotplug: movable, memoryHotplug: movable },
    }
  }, [instance, configured, engine])
}
