/** Kinds that hold several machines, and those that change or move them. */

import { resources, type ResourceKey } from '@berth/api'
import type { ResourceDefinition } from '@berth/apiserver'
import { allSchemas } from './schemas.ts'
import { typed } from './typed.ts'

const keys: readonly ResourceKey[] = [
  'virtualMachineInstanceReplicaSet',
  'virtualMachinePool',
  'virtualMachineInstancePreset',
  'virtualMachineInstanceMigration',
  'migrationPolicy',
]

export function groupDefinitions(): ResourceDefinition[] {
  return keys.map((key) => typed(resources[key], allSchemas))
}
