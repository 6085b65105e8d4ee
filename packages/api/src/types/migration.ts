/** Migrations of running machines, and policies that change how they are done. */

import type { Condition, KubeObject } from '@berth/meta'

export type MigrationPhase =
  | 'Pending'
  | 'Scheduling'
  | 'Scheduled'
  | 'PreparingTarget'
  | 'TargetReady'
  | 'Running'
  | 'WaitingForSync'
  | 'Synchronizing'
  | 'Succeeded'
  | 'Failed'

export interface VirtualMachineInstanceMigration extends KubeObject {
  spec: {
    vmiName?: string
    addedNodeSelector?: Record<string, string>
    priority?: string
    sendTo?: { connectURL: string; migrationID: string }
    receive?: { migrationID: string }
  }
  status?: { phase?: MigrationPhase; conditions?: Condition[] }
}

export interface MigrationPolicy extends KubeObject {
  spec: {
    selectors?: {
      namespaceSelector?: Record<string, string>
      virtualMachineInstanceSelector?: Record<string, string>
    }
    allowAutoConverge?: boolean
    allowPostCopy?: boolean
    allowWorkloadDisruption?: boolean
    bandwidthPerMigration?: string
    completionTimeoutPerGiB?: number
    maxDowntimeMs?: number
    experimental?: {
      compression?: string
      downtimeTuning?: object
      /** Factors are quantities. */
      stallDetector?: {
        ewmaAlpha?: string
        precopyPossibleFactor?: string
        patienceWindowDecayFactor?: string
        completionTimeoutFactor?: string
      }
    }
  }
}
