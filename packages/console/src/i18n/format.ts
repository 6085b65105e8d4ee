/** Numbers, sizes and times in the language of the page. */

import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'

export interface Format {
  number(value: number, digits?: number): string
  /** `8 GiB`: binary units, as KubeVirt counts. */
  bytes(value: number): string
  percent(fraction: number): string
  /** Date and time. Milliseconds since 1970 or ISO 8601. */
  time(value: number | string): string
  /** `5 min ago`. */
  relative(value: number | string, now?: number): string
  /** `2 h 5 min`. */
  duration(milliseconds: number): string
}

const byteUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const

const steps: readonly { unit: 'day' | 'hour' | 'minute' | 'second'; ms: number }[] = [
  { unit: 'day', ms: 86_400_000 },
  { unit: 'hour', ms: 3_600_000 },
  { unit: 'minute', ms: 60_000 },
  { unit: 'second', ms: 1000 },
]

export function makeFormat(language: string): Format {
  const numbers = new Map<number, Intl.NumberFormat>()
  const number = (value: number, digits = 0): string => {
    let format = numbers.get(digits)
    format ??= new Intl.NumberFormat(language, { maximumFractionDigits: digits })
    numbers.set(digits, format)
    return format.format(value)
  }
  const dateTime = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'medium' })
  const ago = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' })
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 0 })
  const counted = (value: number, unit: string): string =>
    new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'short' }).format(value)
  return {
    number,
    bytes(value) {
      let amount = value
      let unit = 0
      while (Math.abs(amount) >= 1024 && unit < byteUnits.length - 1) {
        amount /= 1024
        unit++
      }
      return `${number(amount, amount < 10 && unit > 0 ? 1 : 0)} ${byteUnits[unit] ?? 'B'}`
    },
    percent: (fraction) => percent.format(fraction),
    time: (value) => dateTime.format(new Date(value)),
    relative(value, now = Date.now()) {
      const elapsed = new Date(value).getTime() - now
      const step = steps.find(({ ms }) => Math.abs(elapsed) >= ms)
      if (step === undefined) return ago.format(0, 'second')
      return ago.format(Math.trunc(elapsed / step.ms), step.unit)
    },
    duration(milliseconds) {
      const at = steps.findIndex(({ ms }) => milliseconds >= ms)
      const first = steps[at]
      if (first === undefined) return `< ${counted(1, 'second')}`
      const whole = Math.floor(milliseconds / first.ms)
      const second = steps[at + 1]
      const rest = second === undefined ? 0 : Math.floor((milliseconds - whole * first.ms) / second.ms)
      const parts = [counted(whole, first.unit)]
      if (second !== undefined && rest > 0) parts.push(counted(rest, second.unit))
      return parts.join(' ')
    },
  }
}

export function useFormat(): Format {
  const { i18n } = useTranslation()
  return useMemo(() => makeFormat(i18n.language), [i18n.language])
}
