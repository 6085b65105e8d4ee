/** The kinds of backup.kubevirt.io with their rules. */

import {
  denied,
  deniedPlainly,
  resources,
  validateBackup,
  validateBackupTracker,
  virtualMachineBackups,
  type VirtualMachineBackup,
  type VirtualMachineBackupTracker,
} from '@berth/api'
import type { ResourceDefinition } from '@berth/apiserver'
import type { CurrentConfiguration } from '../configuration/current.ts'
import { durationCauses } from '../exports/definition.ts'
import { allSchemas } from '../resources/schemas.ts'
import { typed } from '../resources/typed.ts'
import type { EngineServices } from '../services.ts'

export interface BackupOptions {
  configuration: CurrentConfiguration
  services: () => EngineServices
}

const { virtualMachineBackup, virtualMachineBackupTracker } = resources

export function backupDefinitions(options: BackupOptions): ResourceDefinition[] {
  return [
    {
      ...typed(virtualMachineBackup, allSchemas),
      rules: {
        async validate(object, previous, { namespace = '' }) {
          const webhook = virtualMachineBackup.webhooks.createValidator
          if (previous === undefined) requireGate(options, webhook)
          // The schema has vouched for the shape.
          const backup = object as unknown as VirtualMachineBackup
          // Read from the server: of two that come together, the second must see the first.
          const others =
            previous === undefined
              ? (await options.services().client.list(virtualMachineBackups, { namespace })).items
              : []
          const causes = [
            ...validateBackup(backup, previous as unknown as VirtualMachineBackup | undefined, others),
            ...durationCauses(backup.spec.ttlDuration),
          ]
          if (causes.length > 0) throw denied(webhook, causes)
          return []
        },
      },
    },
    {
      ...typed(virtualMachineBackupTracker, allSchemas),
      rules: {
        validate(object, previous) {
          const webhook = virtualMachineBackupTracker.webhooks.createValidator
          if (previous === undefined) requireGate(options, webhook)
          // As above.
          const causes = validateBackupTracker(
            object as unknown as VirtualMachineBackupTracker,
            previous as unknown as VirtualMachineBackupTracker | undefined,
          )
          if (causes.length > 0) throw denied(webhook, causes)
          return []
        },
      },
    },
  ]
}

/** @throws {StatusError} as KubeVirt's webhook answers while the feature gate is off */
function requireGate({ configuration }: BackupOptions, webhook: string): void {
  if (configuration.get().enabled('IncrementalBackup')) return
  throw deniedPlainly(webhook, 'IncrementalBackup feature gate not enabled')
}
