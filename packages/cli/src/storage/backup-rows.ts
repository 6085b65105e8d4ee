/** `berth vm backups`. */

import { isConditionTrue, getCondition } from '@berth/meta'
import {
  virtualMachineBackups,
  virtualMachineBackupTrackers,
  type VirtualMachineBackup,
  type VirtualMachineBackupTracker,
} from '@berth/api'
import { session } from '../connection/options.ts'
import type { CommandContext } from '../context.ts'
import type { Input } from '../input.ts'
import { ageOf } from '../machines/columns.ts'
import { getMachine } from '../machines/find.ts'
import { outputOf, printObjects, type ObjectColumn } from '../output/print-objects.ts'
import { listIfShown } from './kinds.ts'

export async function listBackups(input: Input, context: CommandContext): Promise<void> {
  const { client, namespace } = await session(input, context)
  const allNamespaces = input.flag('allNamespaces')
  const machine = input.args[0]
  const place = allNamespaces ? {} : { namespace }
  const [all, trackers] = await Promise.all([
    client.list(virtualMachineBackups, place),
    listIfShown(client, virtualMachineBackupTrackers, place),
  ])
  const found = all.items
    .filter((backup) => machine === undefined || machineOf(backup, trackers) === machine)
    .toSorted((a, b) => (b.metadata.creationTimestamp ?? '').localeCompare(a.metadata.creationTimestamp ?? ''))
  // A machine that is gone may have left backups.
  if (machine !== undefined && found.length === 0) await getMachine(client, { namespace, name: machine })
  await printObjects(context, found, {
    format: outputOf(input),
    resource: virtualMachineBackups,
    columns: columns({ trackers, allNamespaces, nowMs: context.clock.now().getTime() }),
    whenEmpty: context.spell(
      `No backups${machine === undefined ? '' : ` of VM "${machine}"`}. Make one with \`berth vm backup ${machine ?? 'VM'}\`.`,
    ),
  })
}

function columns(how: {
  trackers: readonly VirtualMachineBackupTracker[]
  allNamespaces: boolean
  nowMs: number
}): ObjectColumn<VirtualMachineBackup>[] {
  const namespace: ObjectColumn<VirtualMachineBackup>[] = [
    { heading: 'NAMESPACE', value: ({ metadata }) => metadata.namespace },
  ]
  return [
    ...(how.allNamespaces ? namespace : []),
    { heading: 'NAME', value: ({ metadata }) => metadata.name },
    { heading: 'VM', value: (backup) => machineOf(backup, how.trackers) },
    { heading: 'STATUS', value: statusText },
    { heading: 'TYPE', value: ({ status }) => status?.type },
    { heading: 'CLAIM', value: ({ spec }) => spec.pvcName },
    { heading: 'AGE', value: ({ metadata }) => ageOf(metadata.creationTimestamp, how.nowMs) },
    { heading: 'TRACKER', wide: true, value: ({ spec }) => (isTracked(spec) ? spec.source.name : undefined) },
    {
      heading: 'DISKS',
      wide: true,
      value: ({ status }) => status?.includedVolumes?.map((each) => each.volumeName).join(),
    },
    { heading: 'WHY', value: whyText },
  ]
}

const isTracked = ({ source }: VirtualMachineBackup['spec']): boolean => source.kind === 'VirtualMachineBackupTracker'

/** undefined where the tracker is gone that knew it. */
function machineOf(
  { metadata, spec }: Readonly<VirtualMachineBackup>,
  trackers: readonly VirtualMachineBackupTracker[],
): string | undefined {
  if (!isTracked(spec)) return spec.source.name
  const tracker = trackers.find(
    (each) => each.metadata.namespace === metadata.namespace && each.metadata.name === spec.source.name,
  )
  return tracker?.spec.source.name
}

function statusText({ status }: Readonly<VirtualMachineBackup>): string {
  if (isConditionTrue(status?.conditions, 'Failed')) return 'Failed'
  if (isConditionTrue(status?.conditions, 'Complete')) return 'Complete'
  return getCondition(status?.conditions, 'Progressing')?.reason === 'Initiated' ? 'Copying' : 'Waiting'
}

function whyText({ status }: Pick<VirtualMachineBackup, 'status'>): string | undefined {
  const failed = getCondition(status?.conditions, 'Failed')
  if (failed?.status === 'True') return failed.message
  if (isConditionTrue(status?.conditions, 'Complete')) return warningOf({ status })
  const progress = getCondition(status?.conditions, 'Progressing')
  return progress?.reason === 'Initiated' ? undefined : progress?.message
}

/** What is said beside that it is complete. */
export function warningOf({ status }: Pick<VirtualMachineBackup, 'status'>): string | undefined {
  const done = getCondition(status?.conditions, 'Complete')
  if (done?.status !== 'True' || done.reason !== 'CompletedWithWarning') return undefined
  return done.message?.replace(/^Completed VirtualMachineBackup, warning: /, '')
}
