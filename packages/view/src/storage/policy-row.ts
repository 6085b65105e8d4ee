/** A snapshot policy as a row: when it runs, what it keeps, which machines it is for. */

import { labelSelectorFromObject, matchesLabels, MetaError, type LabelSelector } from '@berth/meta'
import { createdOf, fewLabels } from '../rows/machine-row.ts'
import type { SnapshotPolicyObject } from './storage-objects.ts'
import { storageKey, type PolicyRow } from './storage-row.ts'

export interface PolicyParts {
  cluster: string
  policy: SnapshotPolicyObject
  /** Of its namespace. */
  machines: readonly { name: string; labels: Readonly<Record<string, string>> }[]
  /** Snapshots it made that are there. */
  snapshots: number
}

const maxMachines = 500

export function policyRow({ cluster, policy, machines, snapshots }: PolicyParts): PolicyRow {
  const { name = '', namespace = '', uid = '', labels = {}, creationTimestamp, deletionTimestamp } = policy.metadata
  const { spec, status } = policy
  const failed = status?.machines?.find(({ result }) => result === 'Failed')
  const bad =
    status?.conditions?.find(
      ({ type, status: holds, reason }) => type === 'Ready' && holds === 'False' && reason !== 'Suspended',
    ) ?? (failed === undefined ? undefined : { message: `${failed.name}: ${failed.message ?? failed.result}` })
  const suspended = spec.suspend === true
  const row: PolicyRow = {
    table: 'policies',
    key: storageKey('policies', { cluster, namespace, name }),
    cluster,
    namespace,
    name,
    uid,
    status: bad !== undefined ? 'Failing' : suspended ? 'Suspended' : 'Active',
    tone: bad !== undefined ? 'attention' : suspended ? 'paused' : 'running',
    created: createdOf(creationTimestamp),
    labels: fewLabels(labels),
    deleting: deletionTimestamp !== undefined,
    schedule: spec.schedule ?? (spec.every === undefined ? '' : `every ${spec.every}`),
    suspended,
    machines: machinesOf(policy, machines),
    snapshots,
  }
  const { window, keep } = spec
  if (window !== undefined) {
    const zone = window.timeZone ?? spec.timeZone
    row.window = `${window.start}–${window.end}${zone === undefined ? '' : ` ${zone}`}`
  }
  if (keep?.count !== undefined) row.keepCount = keep.count
  if (keep?.days !== undefined) row.keepDays = keep.days
  if (bad?.message !== undefined && bad.message !== '') row.reason = bad.message.slice(0, 400)
  const last = createdOf(status?.lastRun)
  const next = createdOf(status?.nextRun)
  if (last > 0) row.lastRun = last
  if (next > 0 && !suspended) row.nextRun = next
  return row
}

/** What its controller says, who knows of annotations as well; until then the machines it selects. */
function machinesOf({ spec, status }: SnapshotPolicyObject, machines: PolicyParts['machines']): string[] {
  if (status?.machines !== undefined) return status.machines.flatMap(({ name }) => name ?? []).slice(0, maxMachines)
  const selector = readSelector(spec.selector)
  if (selector === undefined) return []
  return machines
    .filter(({ labels }) => matchesLabels(selector, labels))
    .map(({ name }) => name)
    .slice(0, maxMachines)
}

function readSelector(selector: SnapshotPolicyObject['spec']['selector']): LabelSelector | undefined {
  try {
    return labelSelectorFromObject(selector)
  } catch (error) {
    if (error instanceof MetaError) return undefined
    throw error
  }
}
