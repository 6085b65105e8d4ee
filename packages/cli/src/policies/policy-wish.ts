/** A snapshot policy from what was said on the command line. */

import type { SnapshotPolicy, SnapshotPolicyWindow } from '@berth/api'
import { parseLabelSelector } from '@berth/meta'
import { CliError } from '../failure.ts'
import type { Input } from '../input.ts'

/** @throws {CliError} Usage for what is missing or cannot be read; the server checks the rest */
export function policyOf(input: Input, metadata: { name: string; namespace: string }): SnapshotPolicy {
  const [schedule, every] = [input.text('schedule'), input.text('every')]
  if (schedule === undefined && every === undefined) {
    throw new CliError('Usage', 'say when: --schedule or --every', {
      remedy: 'Say it like --schedule "30 2 * * *" or --every 4h.',
    })
  }
  const count = input.integer('keep', { min: 1, max: 1000 })
  const days = input.integer('keepDays', { min: 1, max: 36_500 })
  if (count === undefined && days === undefined) {
    throw new CliError('Usage', 'say what is kept: --keep or --keep-days', { remedy: 'Say it like --keep 7.' })
  }
  const selector = selectorOf(input)
  const window = input.text('window')
  const deadline = input.text('deadline')
  const timeZone = input.text('timeZone') ?? (schedule === undefined && window === undefined ? undefined : localZone())
  return {
    apiVersion: 'berth.dev/v1alpha1',
    kind: 'SnapshotPolicy',
    metadata,
    spec: {
      ...(selector === undefined ? {} : { selector }),
      ...(schedule === undefined ? {} : { schedule }),
      ...(every === undefined ? {} : { every }),
      ...(timeZone === undefined ? {} : { timeZone }),
      ...(window === undefined ? {} : { window: windowOf(window) }),
      keep: { ...(count === undefined ? {} : { count }), ...(days === undefined ? {} : { days }) },
      ...(deadline === undefined ? {} : { failureDeadline: deadline }),
      ...(input.flag('suspend') ? { suspend: true } : {}),
    },
  }
}

function selectorOf(input: Input): SnapshotPolicy['spec']['selector'] {
  const text = input.text('selector')
  const all = input.flag('all')
  if (all && text !== undefined) throw new CliError('Usage', '--all and --selector say different things')
  if (all) return {}
  if (text === undefined) {
    if (input.texts('vm').length > 0) return undefined
    throw new CliError('Usage', 'say which VMs: --vm NAME, --selector LABELS or --all')
  }
  const parsed = parseLabelSelector(text)
  const operators = { in: 'In', notin: 'NotIn', exists: 'Exists', absent: 'DoesNotExist' } as const
  if (parsed.kind === 'nothing') return undefined
  return {
    matchExpressions: parsed.requirements.map(({ key, operator, values }) => {
      if (operator === 'gt' || operator === 'lt') {
        throw new CliError('Usage', `--selector: policies cannot compare numbers, as ${key} is`)
      }
      const plain = operator === 'exists' || operator === 'absent'
      return { key, operator: operators[operator], ...(plain ? {} : { values: [...values] }) }
    }),
  }
}

/** `01:00-05:00`. @throws {CliError} Usage */
function windowOf(text: string): SnapshotPolicyWindow {
  const [, start, end] = /^(\d\d:\d\d)-(\d\d:\d\d)$/.exec(text) ?? []
  if (start !== undefined && end !== undefined) return { start, end }
  throw new CliError('Usage', `--window: "${text}" is no window`, { remedy: 'Write it like 01:00-05:00.' })
}

/** That of this computer: who says 02:30 means the clock on the wall. */
function localZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone
}
