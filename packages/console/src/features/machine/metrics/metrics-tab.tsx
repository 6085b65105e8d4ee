/** Processor, memory, disks and network of a machine over the last minutes: as charts, or as a table. */

import { useMemo, useState } from 'react'
import { parseQuantity, quantityToNumber } from '@berth/meta'
import { currentLanguage, useFormat, useMessages } from '../../../i18n/index.ts'
import { Button, Empty, Notice, Segments, Skeleton, Stack, Table, useAppearance } from '../../../ui/index.ts'
import { machineTabPath } from '../../../routes/paths.ts'
import type { LiveMachine } from '../use-machine.ts'
import { Chart } from './chart.tsx'
import { charts, hasAny, type ChartSpec } from './charts.ts'
import { useMetrics } from './use-metrics.ts'
import styles from './metrics.module.css'

type Form = 'charts' | 'table'

export function MetricsTab({ live }: { live: LiveMachine }) {
  const t = useMessages('machine')
  const format = useFormat()
  const [form, setForm] = useState<Form>('charts')
  const { measured, refused } = useMetrics(live.target)
  const { scheme, contrast } = useAppearance()
  const limits = useMemo(() => limitsOf(live), [live])
  if (refused !== undefined) return <Notice tone="attention">{refused}</Notice>
  if (measured === undefined) return <Skeleton lines={4} height="9rem" width="100%" />
  if (measured.none !== undefined || !live.up) {
    return (
      <Empty
        icon="chart"
        title={t(live.up ? 'metrics.none' : 'metrics.off')}
        action={<Button href={machineTabPath({ ...live.target, tab: 'summary' })}>{t('tab.summary')}</Button>}
      >
        {live.up ? measured.none : t('metrics.offHint')}
      </Empty>
    )
  }
  const { samples } = measured
  const diskless = (live.instance?.spec.domain.devices.disks ?? []).length === 0
  const missing = measured.missing.filter(({ what }) => what !== 'disk' || !diskless)
  const shown = charts.filter((chart) => hasAny(samples, chart))
  return (
    <Stack gap={4}>
      <div className={styles['head']}>
        <p className={styles['quiet']}>{t('metrics.every', { interval: format.duration(measured.intervalMs) })}</p>
        <Segments
          label={t('metrics.form')}
          value={form}
          options={[
            { value: 'charts', label: t('metrics.charts') },
            { value: 'table', label: t('metrics.table') },
          ]}
          onChange={setForm}
        />
      </div>
      {missing.length > 0 && (
        <Notice>
          <ul>
            {missing.map(({ what, why }) => (
              <li key={what}>
                <strong>{t(`metrics.missing.${what}`, { defaultValue: what })}.</strong>{' '}
                {t(`metrics.missingWhy.${what}`, { defaultValue: why })}
              </li>
            ))}
          </ul>
        </Notice>
      )}
      {samples.length === 0 && <p role="status">{t('metrics.first')}</p>}
      {form === 'charts' ? (
        <div className={styles['charts']}>
          {shown.map((chart) => (
            <Chart
              key={`${chart.id} ${limits[chart.id] ?? ''} ${scheme} ${contrast}`}
              spec={chart}
              samples={samples}
              limit={limits[chart.id]}
            />
          ))}
        </div>
      ) : (
        <SampleTable charts={shown} samples={samples} />
      )}
    </Stack>
  )
}

function SampleTable({
  charts: shown,
  samples,
}: {
  charts: readonly ChartSpec[]
  samples: NonNullable<ReturnType<typeof useMetrics>['measured']>['samples']
}) {
  const t = useMessages('machine')
  const format = useFormat()
  const fields = shown.flatMap((chart) => chart.fields.map((field) => ({ chart, field })))
  return (
    <Table
      label={t('tab.metrics')}
      items={samples.toReversed()}
      keyOf={({ time }) => String(time)}
      columns={[
        {
          id: 'time',
          title: t('metrics.time'),
          cell: ({ time }) => new Date(time).toLocaleTimeString(currentLanguage(), { timeStyle: 'medium' }),
        },
        ...fields.map(({ chart, field }) => ({
          id: field,
          title: t(`metrics.series.${field}`),
          align: 'end' as const,
          cell: (sample: (typeof samples)[number]) => {
            const value = sample[field]
            return value === undefined ? '–' : chart.text(value, format)
          },
        })),
      ]}
    />
  )
}

/** Where a chart's axis ends at least, so that little use looks little. */
function limitsOf({ instance }: LiveMachine): Partial<Record<ChartSpec['id'], number>> {
  const {
    sockets = 1,
    cores = 1,
    threads = 1,
  } = instance?.status?.currentCPUTopology ?? instance?.spec.domain.cpu ?? {}
  const guest = instance?.spec.domain.memory?.guest
  return {
    cpu: sockets * cores * threads,
    ...(guest === undefined ? {} : { memory: quantityToNumber(parseQuantity(guest)) }),
  }
}
