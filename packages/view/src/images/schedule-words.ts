/** A schedule in cron's five fields as something that has a word: every day at 03:00. The words are the page's. */

export type ScheduleWords =
  | { kind: 'never' }
  | { kind: 'hourly'; minute: number }
  | { kind: 'everyHours'; hours: number }
  | { kind: 'daily'; time: string }
  /** 0 is Sunday. */
  | { kind: 'weekly'; day: number; time: string }
  | { kind: 'monthly'; day: number; time: string }
  /** Nothing simpler than what is written. */
  | { kind: 'cron'; schedule: string }

const named: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
}

export function scheduleWords(text: string): ScheduleWords {
  const schedule = text.trim()
  if (schedule === '') return { kind: 'never' }
  const fields = (named[schedule] ?? schedule).split(/\s+/)
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields
  const at = numberIn(minute, 59)
  const oclock = numberIn(hour, 23)
  const [, every] = /^\*\/(\d{1,2})$/.exec(hour) ?? []
  if (fields.length !== 5 || at === undefined || month !== '*') return { kind: 'cron', schedule }
  if (day === '*' && weekday === '*') {
    if (hour === '*') return { kind: 'hourly', minute: at }
    if (every !== undefined && Number(every) > 0 && at === 0) return { kind: 'everyHours', hours: Number(every) }
  }
  if (oclock === undefined) return { kind: 'cron', schedule }
  const time = `${String(oclock).padStart(2, '0')}:${String(at).padStart(2, '0')}`
  const onDay = numberIn(day, 31)
  const onWeekday = numberIn(weekday, 7)
  if (day === '*' && weekday === '*') return { kind: 'daily', time }
  if (day === '*' && onWeekday !== undefined) return { kind: 'weekly', day: onWeekday % 7, time }
  if (weekday === '*' && onDay !== undefined && onDay > 0) return { kind: 'monthly', day: onDay, time }
  return { kind: 'cron', schedule }
}

function numberIn(text: string, most: number): number | undefined {
  return /^\d{1,2}$/.test(text) && Number(text) <= most ? Number(text) : undefined
}
