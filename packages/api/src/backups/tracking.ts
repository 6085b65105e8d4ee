/**
 * Whether the writes to a machine's disks are counted, so that a backup can take only what changed. Rules of the states are KubeVirt's;
 * a machine here needs no restart to begin with it, so PendingRestart lasts only until its instance says Enabled.
 */

import { labelSelectorFromObject, matchesLabels, type LabelSelectorObject } from '@berth/meta'
import type { TrackingState } from '../types/backup.ts'
import type { VirtualMachineInstanceSpec } from '../types/instance.ts'

export interface TrackingSelectors {
  virtualMachineLabelSelector?: LabelSelectorObject
  namespaceLabelSelector?: LabelSelectorObject
}

/** Whether the configuration asks for it: by the machine's labels or by its namespace's. */
export function wantsTracking(
  selectors: TrackingSelectors | undefined,
  labels: { machine: Readonly<Record<string, string>>; namespace: Readonly<Record<string, string>> },
): boolean {
  const { virtualMachineLabelSelector: machines, namespaceLabelSelector: namespaces } = selectors ?? {}
  return (
    (machines !== undefined && matchesLabels(labelSelectorFromObject(machines), labels.machine)) ||
    (namespaces !== undefined && matchesLabels(labelSelectorFromObject(namespaces), labels.namespace))
  )
}

export interface TrackingInput {
  /** The feature gate IncrementalBackup. */
  enabled: boolean
  wanted: boolean
  machine: TrackingState
  /** undefined when it does not run. */
  instance: TrackingState | undefined
}

const off: ReadonlySet<TrackingState> = new Set(['', 'Disabled'])
const on: ReadonlySet<TrackingState> = new Set(['Initializing', 'Enabled'])

/** The next state of the machine; undefined takes it out of the status. */
export function machineTracking({ enabled, wanted, machine, instance }: TrackingInput): TrackingState | undefined {
  if (!enabled) {
    if (machine === 'IncrementalBackupFeatureGateDisabled') return machine
    if (instance === undefined || off.has(instance)) return wanted ? 'IncrementalBackupFeatureGateDisabled' : undefined
    return on.has(machine) ? 'PendingRestart' : kept(machine)
  }
  if (!wanted) {
    if (off.has(machine)) return kept(machine)
    return instance === undefined || off.has(instance) ? 'Disabled' : 'PendingRestart'
  }
  if (instance === undefined) return machine === 'Enabled' ? machine : 'Initializing'
  if (machine === 'Initializing' || machine === 'Enabled') return instance === 'Enabled' ? 'Enabled' : 'Initializing'
  if (machine === '' || machine === 'IncrementalBackupFeatureGateDisabled') return 'PendingRestart'
  return on.has(instance) ? instance : 'PendingRestart'
}

function kept(state: TrackingState): TrackingState | undefined {
  return state === '' ? undefined : state
}

/** Names of the volumes that a backup takes. */
export function backedUpVolumes(spec: Readonly<Pick<VirtualMachineInstanceSpec, 'volumes'>>): string[] {
  return (spec.volumes ?? [])
    .filter(
      ({ persistentVolumeClaim, dataVolume, hostDisk }) =>
        persistentVolumeClaim !== undefined || dataVolume !== undefined || hostDisk !== undefined,
    )
    .map(({ name }) => name)
}
