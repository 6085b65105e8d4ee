/** Instance types and preferences, of a namespace and of the cluster. */

import { resources, type ResourceKey } from '@berth/api'
import type { ResourceDefinition } from '@berth/apiserver'
import { allSchemas } from './schemas.ts'
import { typed } from './typed.ts'

const keys: readonly ResourceKey[] = [
  'virtualMachineInstancetype',
  'virtualMachineClusterInstancetype',
  'virtualMachinePreference',
  'virtualMachineClusterPreference',
]

export function instancetypeDefinitions(): ResourceDefinition[] {
  return keys.map((key) => typed(resources[key], allSchemas))
}
