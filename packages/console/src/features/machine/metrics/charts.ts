/** Which charts there are, of which values. */

import type { MetricsSample } from '@berth/view'
import type { Format } from '../../../i18n/index.ts'

export type Field = Exclude<keyof MetricsSample, 'time'>

export interface ChartSpec {
  id: 'cpu' | 'memory' | 'disk' | 'operations' | 'network'
  /** In the order of their lines; words are `metrics.series.<field>`. */
  fields: readonly Field[]
  text: (value: number, format: Format) => string
}

const bytesPerSecond = (value: number, format: Format): string => `${format.bytes(value)}/s`

export const charts: readonly ChartSpec[] = [
  { id: 'cpu', fields: ['cpu'], text: (value, format) => format.number(value, 2) },
  { id: 'memory', fields: ['memoryUsed', 'memoryAvailable'], text: (value, format) => format.bytes(value) },
  { id: 'disk', fields: ['diskRead', 'diskWritten'], text: bytesPerSecond },
  { id: 'operations', fields: ['diskReads', 'diskWrites'], text: (value, format) => `${format.number(value, 1)}/s` },
  { id: 'network', fields: ['networkReceived', 'networkSent'], text: bytesPerSecond },
]

export function hasAny(samples: readonly MetricsSample[], { fields }: ChartSpec): boolean {
  return samples.some((sample) => fields.some((field) => sample[field] !== undefined))
}
