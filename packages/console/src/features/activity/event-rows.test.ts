import { expect, it } from 'vitest'
import { newestEvents, type EventObject } from './event-rows.ts'

const event = (name: string, more: Partial<EventObject>): { event: EventObject; cluster: string } => ({
  cluster: 'here',
  event: { apiVersion: 'v1', kind: 'Event', metadata: { name, namespace: 'shop' }, ...more },
})

it('puts the newest first, whatever kind of time it has, and keeps no more than asked for', () => {
  const rows = newestEvents(
    [
      event('old', { lastTimestamp: '2026-01-01T00:00:00Z', count: 3 }),
      event('new', { eventTime: '2026-01-03T00:00:00.000000Z', lastTimestamp: null, type: 'Warning' }),
      event('series', {
        lastTimestamp: '2026-01-01T00:00:00Z',
        series: { count: 9, lastObservedTime: '2026-01-02T00:00:00Z' },
      }),
    ],
    2,
  )
  expect(rows.map(({ key, count, warning }) => [key, count, warning])).toEqual([
    ['here/shop/new', 1, true],
    ['here/shop/series', 9, false],
  ])
})
