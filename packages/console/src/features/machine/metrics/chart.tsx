/** Lines over time; its owner makes it anew (by its key) when colours or limits change, which are read when it is made. The newest values stand in the legend as text; the table beside says the rest to those who see no picture. */

import { useEffect, useId, useRef } from 'react'
import UPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { MetricsSample } from '@berth/view'
import { currentLanguage, useFormat, useMessages } from '../../../i18n/index.ts'
import type { ChartSpec } from './charts.ts'
import styles from './metrics.module.css'

const height = 150
const colours = ['--accent', '--migrating'] as const
const dashes = [[], [6, 4]]

export function Chart({
  spec,
  samples,
  limit,
}: {
  spec: ChartSpec
  samples: readonly MetricsSample[]
  limit?: number | undefined
}) {
  const t = useMessages('machine')
  const format = useFormat()
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<UPlot>(undefined)
  const heading = useId()
  const last = samples.at(-1)

  useEffect(() => {
    const element = place.current
    if (element === null) return undefined
    const made = new UPlot(optionsOf({ spec, format, element, limit }), [[]], element)
    plot.current = made
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }))
    observer.observe(element)
    return () => {
      observer.disconnect()
      made.destroy()
      plot.current = undefined
    }
  }, [spec, format, limit])

  useEffect(() => {
    const times = samples.map(({ time }) => time / 1000)
    plot.current?.setData([times, ...spec.fields.map((field) => samples.map((sample) => sample[field] ?? null))])
  }, [samples, spec])

  return (
    <figure className={styles['chart']} aria-labelledby={heading}>
      <figcaption id={heading} className={styles['caption']}>
        <span className={styles['title']}>{t(`metrics.chart.${spec.id}`)}</span>
        <span className={styles['legend']}>
          {spec.fields.map((field, index) => {
            const value = last?.[field]
            if (value === undefined) return null
            return (
              <span key={field} data-line={index}>
                <span className={styles['line']} aria-hidden />
                {spec.fields.length > 1 && `${t(`metrics.series.${field}`)} `}
                <strong>{spec.text(value, format)}</strong>
              </span>
            )
          })}
        </span>
      </figcaption>
      <div ref={place} className={styles['plot']} aria-hidden />
    </figure>
  )
}

function clockText(time: number): string {
  return new Date(time).toLocaleTimeString(currentLanguage(), { timeStyle: 'medium' })
}

function optionsOf({
  spec,
  format,
  element,
  limit,
}: {
  spec: ChartSpec
  format: ReturnType<typeof useFormat>
  element: HTMLElement
  limit: number | undefined
}): UPlot.Options {
  const style = getComputedStyle(element)
  const colour = (name: string): string => style.getPropertyValue(name).trim()
  const axis: UPlot.Axis = {
    stroke: colour('--text-muted'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
    font: `11px ${style.fontFamily}`,
  }
  return {
    width: element.clientWidth,
    height,
    legend: { show: false },
    cursor: { show: true, y: false, points: { size: 6 } },
    scales: {
      x: { time: true },
      y: { range: (_plot, _least, most) => [0, Math.max(limit ?? 0, most * 1.1, 0.01)] },
    },
    series: [
      {},
      ...spec.fields.map((_field, index) => ({
        stroke: colour(colours[index] ?? '--accent'),
        width: 1.5,
        dash: dashes[index] ?? [],
        points: { show: false },
        spanGaps: false,
      })),
    ],
    axes: [
      { ...axis, size: 26, space: 80, values: (_plot, times) => times.map((time) => clockText(time * 1000)) },
      { ...axis, size: 72, values: (_plot, values) => values.map((value) => spec.text(value, format)) },
    ],
  }
}
