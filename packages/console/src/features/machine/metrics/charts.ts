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

/** A guest that idles uses some thousandths of a processor: not none. */
function processors(value: number, format: Format): string {
  return value > 0 && value < 0.005 ? `< ${format.number(0.01, 2)}` : format.number(value, 2)
}

export const charts: readonly ChartSpec[] = [
  { id: 'cpu', fields: ['cpu'], text: (value, format) => processors(value, format) },
  { id: 'memory', fields: ['memoryUsed', 'memoryAvailable'], text: (value, format) => format.bytes(value) },
  { id: 'disk', fields: ['diskRead', 'diskWritten'], text: bytesPerSecond },
  { id: 'operations', fields: ['diskReads', 'diskWrites'], text: (value, format) => `${format.number(value, 1)}/s` },
  { id: 'network', fields: ['networkReceived', 'networkSent'], text: bytesPerSecond },
]

export function hasAny(samples: readonly MetricsSample[], { fields }: ChartSpec): boolean {
  return samples.some((sample) => fields.some((field) => sample[field] !== undefined))
}
