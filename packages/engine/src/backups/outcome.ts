/** What a backup that succeeded says of itself. */

import type { BackupVolumeInfo, InstanceBackupStatus } from '@berth/api'

export interface BackupOutcome {
  type: 'Full' | 'Incremental'
  volumes: BackupVolumeInfo[]
  quiesceStatus: NonNullable<InstanceBackupStatus['quiesceStatus']>
  warning?: string
}
