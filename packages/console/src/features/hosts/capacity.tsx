/** How much of a cluster is in use, as far as it says so. */

import type { ClusterInfo } from '@berth/view'
import { useCapabilities } from '../../backend/index.ts'
import { useFormat, useMessages } from '../../i18n/index.ts'
import { Link } from '../../routes/navigation.tsx'
import { hostsPath } from '../../routes/paths.ts'
import { KeyValues, Notice, Problem, Skeleton, Stack, Usage } from '../../ui/index.ts'
import { sumOf } from './sum.ts'

export function CapacityOf({ cluster }: { cluster: ClusterInfo }) {
  const t = useMessages('hosts')
  const format = useFormat()
  const { data, error, refetch } = useCapabilities(cluster.state === 'reachable' ? cluster.id : undefined)
  if (cluster.state !== 'reachable') return <Notice tone="attention">{cluster.message}</Notice>
  if (error !== null) return <Problem title={t('unknown')} error={error} onRetry={() => void refetch()} />
  if (data === undefined) return <Skeleton lines={3} />
  const { nodes } = data
  const hidden = data.problems.find(({ part }) => part === 'nodes')
  if (nodes === undefined) return <p>{hidden?.message ?? t('hidden')}</p>
  const sum = sumOf(nodes)
  return (
    <Stack>
      <KeyValues
        facts={[
          {
            label: t('hosts'),
            value: (
              <Link href={hostsPath()}>
                {sum.ready === nodes.length
                  ? format.number(nodes.length)
                  : t('readyOf', { ready: sum.ready, count: nodes.length })}
              </Link>
            ),
          },
          { label: t('cpus'), value: format.number(sum.cpus) },
          ...(sum.freeMemory === undefined ? [{ label: t('memory'), value: format.bytes(sum.memory) }] : []),
        ]}
      />
      {sum.freeMemory !== undefined && sum.memory > 0 && (
        <Usage
          label={t('memory')}
          used={1 - sum.freeMemory / sum.memory}
          text={t('used', { used: format.bytes(sum.memory - sum.freeMemory), all: format.bytes(sum.memory) })}
        />
      )}
    </Stack>
  )
}
