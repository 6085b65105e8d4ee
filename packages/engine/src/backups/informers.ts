/** The kinds of backups that controllers watch. */

import {
  virtualMachineBackups,
  virtualMachineBackupTrackers,
  type VirtualMachineBackup,
  type VirtualMachineBackupTracker,
} from '@berth/api'
import type { Clock, Logger } from '@berth/base'
import { createInformer, type Client, type Informer } from '@berth/kube'

export interface BackupInformers {
  backups: Informer<VirtualMachineBackup>
  backupTrackers: Informer<VirtualMachineBackupTracker>
}

export function backupInformers(client: Client, runtime: { logger: Logger; clock: Clock }): BackupInformers {
  return {
    backups: createInformer({ client, resource: virtualMachineBackups, ...runtime }),
    backupTrackers: createInformer({ client, resource: virtualMachineBackupTrackers, ...runtime }),
  }
}
