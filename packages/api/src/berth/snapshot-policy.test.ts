import type { Schema } from '@berth/meta'
import { applyDefaults, validate } from '@berth/meta'
import { describe, expect, it } from 'vitest'
import type { SnapshotPolicy, SnapshotPolicySpec } from '../types/snapshot-policy.ts'
import { berthResources } from '../resources/berth-resources.ts'
import { berthSchemas } from './schemas.ts'
import { validateSnapshotPolicy } from './validate-snapshot-policy.ts'

const policy = (spec: Partial<SnapshotPolicySpec>, name = 'nightly'): SnapshotPolicy => ({
  apiVersion: 'berth.dev/v1alpha1',
  kind: 'SnapshotPolicy',
  metadata: { name, namespace: 'default' },
  spec: { keep: { count: 7 }, ...spec },
})
const problems = (spec: Partial<SnapshotPolicySpec>, name?: string): string[] =>
  validateSnapshotPolicy(policy(spec, name)).map(({ field, message }) => `${field ?? ''}: ${message ?? ''}`)

describe('a snapshot policy', () => {
  it.each<Partial<SnapshotPolicySpec>>([
    { schedule: '30 2 * * *' },
    { schedule: '@daily', timeZone: 'Europe/Berlin', keep: { days: 30 } },
    { every: '4h', window: { start: '22:00', end: '04:30', timeZone: 'America/New_York' } },
    { every: '1m', schedule: '0 0 1 * *', keep: { count: 1, days: 1, failed: '0s' }, failureDeadline: '0' },
    { every: '4h', labels: { 'example.org/tier': 'gold' }, selector: { matchLabels: { app: 'web' } } },
    { every: '4h', selector: {}, suspend: true, window: { start: '00:00', end: '24:00' } },
  ])('%j is taken', (spec) => {
    expect(problems(spec)).toEqual([])
  })

  it.each<[Partial<SnapshotPolicySpec>, string]>([
    [{}, 'spec.schedule: Required value: say when: give schedule ("30 2 * * *") or every ("4h")'],
    [{ schedule: '0 25 * * *' }, 'spec.schedule: Invalid value: "0 25 * * *": "25" is no hour; expected 0 to 23'],
    [{ schedule: '0 0 30 2 *' }, '"0 0 30 2 *" names a date that never comes'],
    [{ schedule: '@every 4h' }, 'use the field every'],
    [{ every: '4 hours' }, 'spec.every: Invalid value: "4 hours": is no duration; write it like 30m, 4h or 1h30m'],
    [{ every: '30s' }, 'spec.every: Invalid value: "30s": is a minute at least'],
    [{ every: '9000h' }, 'is a year at most'],
    [{ every: '4h', timeZone: 'Berlin' }, 'spec.timeZone: Invalid value: "Berlin": is no time zone'],
    [{ every: '4h', window: { start: '01:00', end: '01:00' } }, 'spec.window.end'],
    [{ every: '4h', window: { start: '24:00', end: '01:00' } }, 'spec.window.start'],
    [{ every: '4h', window: { start: '01:00', end: '02:00', timeZone: 'x' } }, 'spec.window.timeZone'],
    [{ every: '4h', keep: {} }, 'spec.keep: Required value: say what is kept: count (7) or days (30), or both'],
    [{ every: '4h', keep: { count: 1, failed: '-1h' } }, 'spec.keep.failed: Invalid value: "-1h": cannot be negative'],
    [{ every: '4h', failureDeadline: 'soon' }, 'spec.failureDeadline'],
    [{ every: '4h', labels: { 'berth.dev/snapshot-policy': 'other' } }, 'berth.dev/ is for the policy itself'],
    [{ every: '4h', labels: { 'a b': 'c d' } }, 'spec.labels'],
    [{ every: '4h', selector: { matchExpressions: [{ key: 'a', operator: 'Is' }] } }, 'spec.selector'],
  ])('%j is refused', (spec, words) => {
    expect(problems(spec).join('\n')).toContain(words)
  })

  it('has a name that snapshots can carry as a label', () => {
    expect(problems({ every: '4h' }, 'x'.repeat(64)).join()).toContain('metadata.name')
  })
})

describe('its schema', () => {
  const schema: Schema = { ref: berthResources.snapshotPolicy.schemaName }
  const set = { ...berthSchemas, 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta': { type: 'object' as const } }
  const refused = (spec: object): string => {
    const object = { apiVersion: 'berth.dev/v1alpha1', kind: 'SnapshotPolicy', metadata: {}, spec } as never
    applyDefaults(object, schema, set)
    return validate(object, schema, set)
      .map(({ field, message }) => `${field ?? ''}: ${message ?? ''}`)
      .join()
  }
  it.each([
    [{ keep: { count: 7 }, every: '4h', window: { start: '22:00', end: '24:00' } }, ''],
    [{ every: '4h' }, 'spec.keep'],
    [{ keep: { count: 0 } }, 'spec.keep.count'],
    [{ keep: { days: 1.5 } }, 'spec.keep.days'],
    [{ keep: { count: 1 }, window: { start: '7:00', end: '25:00' } }, 'spec.window.start'],
    [{ keep: { count: 1 }, window: { start: '07:00' } }, 'spec.window.end'],
  ])('%j: %s', (spec, field) => {
    if (field === '') expect(refused(spec)).toBe('')
    else expect(refused(spec)).toContain(field)
  })
})
