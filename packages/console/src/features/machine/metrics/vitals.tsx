/** What a machine uses now, in two lines with the minutes behind it. */

import type { MetricsSample } from '@berth/view'
import { useFormat, useMessages } from '../../../i18n/index.ts'
import { Link } from '../../../routes/navigation.tsx'
import { machineTabPath } from '../../../routes/paths.ts'
import { Skeleton } from '../../../ui/index.ts'
import type { LiveMachine } from '../use-machine.ts'
import { charts } from './charts.ts'
import { useMetrics } from './use-metrics.ts'
import styles from './metrics.module.css'

export function Vitals({ live }: { live: LiveMachine }) {
  const t = useMessages('machine')
  const format = useFormat()
  const { measured, refused } = useMetrics(live.target)
  if (!live.up) return <p className={styles['quiet']}>{t('metrics.off')}</p>
  const why = refused ?? measured?.none
  if (why !== undefined) return <p className={styles['quiet']}>{why}</p>
  if (measured === undefined || measured.samples.length === 0)
    return <Skeleton lines={4} height="1.25rem" width="100%" />
  const { samples } = measured
  const last = samples.at(-1)
  return (
    <Link href={machineTabPath({ ...live.target, tab: 'metrics' })} className={styles['vitals']}>
      <span className="visually-hidden">{t('vitals.open')}</span>
      {charts.flatMap(({ fields, text }) =>
        fields.map((field) => {
          const value = last?.[field]
          if (value === undefined || field === 'memoryAvailable') return null
          return (
            <span key={field} className={styles['vital']}>
              <span className={styles['quiet']}>{t(`metrics.series.${field}`)}</span>
              <Sparkline values={samples.map((sample: MetricsSample) => sample[field])} />
              <span className={styles['value']}>{text(value, format)}</span>
            </span>
          )
        }),
      )}
    </Link>
  )
}

const width = 96
const height = 20

/** A picture beside a number that says the same. */
function Sparkline({ values }: { values: readonly (number | undefined)[] }) {
  const most = Math.max(...values.map((value) => value ?? 0), Number.MIN_VALUE)
  const step = width / Math.max(values.length - 1, 1)
  const points = values.flatMap((value, index) =>
    value === undefined
      ? []
      : [`${(index * step).toFixed(1)},${(height - 1 - (value / most) * (height - 2)).toFixed(1)}`],
  )
  return (
    <svg viewBox={`0 0 ${width} ${height}`} width={width} height={height} className={styles['spark']} aria-hidden>
      <polyline points={points.join(' ')} fill="none" stroke="currentColor" strokeWidth="1.25" />
    </svg>
  )
}
