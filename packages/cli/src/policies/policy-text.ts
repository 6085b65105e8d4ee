/** Snapshot policies in words and columns. */

import type { SnapshotPolicy, SnapshotPolicySpec } from '@berth/api'
import { formatAge } from '@berth/base'
import { ageOf } from '../machines/columns.ts'
import type { ObjectColumn } from '../output/print-objects.ts'

export function whenText({ schedule, every, timeZone }: SnapshotPolicySpec): string {
  const zone = timeZone === undefined || schedule === undefined ? '' : ` (${timeZone})`
  const parts = [
    schedule === undefined ? undefined : `${schedule}${zone}`,
    every === undefined ? undefined : `every ${every}`,
  ]
  return parts.filter((part) => part !== undefined).join(' and ')
}

export function windowText({ window, timeZone }: SnapshotPolicySpec): string {
  if (window === undefined) return 'at any time'
  return `from ${window.start} to ${window.end} (${window.timeZone ?? timeZone ?? 'UTC'})`
}

export function keepText({ keep: { count, days } }: SnapshotPolicySpec): string {
  const parts = [
    count === undefined ? undefined : `${count} of each VM`,
    days === undefined ? undefined : `none older than ${days === 1 ? 'a day' : `${days} days`}`,
  ]
  return parts.filter((part) => part !== undefined).join(', ')
}

export function stateText({ spec, status }: SnapshotPolicy): string {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')
  if (spec.suspend === true) return 'Suspended'
  if (status === undefined || ready === undefined) return 'New: nothing has looked at it yet'
  if (ready.status === 'False') return `Broken: ${ready.message ?? ready.reason ?? ''}`
  if (status.run !== undefined) return 'Taking snapshots'
  const failed = status.machines?.filter(({ result }) => result === 'Failed').length ?? 0
  return failed === 0 ? 'Active' : `Active, ${failed} failing`
}

export function untilText({ spec, status }: SnapshotPolicy, nowMs: number): string | undefined {
  if (spec.suspend === true || status?.nextRun === undefined) return undefined
  const ms = Date.parse(status.nextRun) - nowMs
  return ms <= 0 ? 'now' : `in ${formatAge(ms)} (${status.nextRun})`
}

export function policyColumns({
  nowMs,
  allNamespaces,
}: {
  nowMs: number
  allNamespaces: boolean
}): ObjectColumn<SnapshotPolicy>[] {
  const namespace: ObjectColumn<SnapshotPolicy>[] = [
    { heading: 'NAMESPACE', value: ({ metadata }) => metadata.namespace },
  ]
  return [
    ...(allNamespaces ? namespace : []),
    { heading: 'NAME', value: ({ metadata }) => metadata.name },
    { heading: 'STATE', value: stateText },
    { heading: 'WHEN', value: ({ spec }) => whenText(spec) },
    { heading: 'KEEPS', value: ({ spec }) => keepText(spec) },
    {
      heading: 'VMS',
      value: ({ status }) => (status?.machines === undefined ? undefined : String(status.machines.length)),
    },
    { heading: 'LAST RUN', value: ({ status }) => ageOf(status?.lastRun, nowMs) },
    { heading: 'NEXT RUN', value: (policy) => untilText(policy, nowMs) },
    { heading: 'WINDOW', wide: true, value: ({ spec }) => windowText(spec) },
    {
      heading: 'RESULT',
      wide: true,
      value: ({ status }) => status?.conditions?.find(({ type }) => type === 'LastRunSucceeded')?.message,
    },
  ]
}
