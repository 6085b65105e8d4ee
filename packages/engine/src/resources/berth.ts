/** Berth's own kinds with their rules; what acts on them is in packages/controllers, and runs beside clusters as well. */

import {
  berthResources,
  validateImageBuild,
  validateSnapshotPolicy,
  type ImageBuild,
  type SnapshotPolicy,
} from '@berth/api'
import type { ResourceDefinition } from '@berth/apiserver'
import { deepEqual } from '@berth/meta'
import { allSchemas } from './schemas.ts'
import { typed } from './typed.ts'

export function berthDefinitions(): ResourceDefinition[] {
  return [
    {
      ...typed(berthResources.snapshotPolicy, allSchemas),
      rules: {
        validate(object, previous) {
          if (deepEqual(object['spec'], previous?.['spec'])) return []
          // The schema has vouched for the shape.
          return validateSnapshotPolicy(object as unknown as SnapshotPolicy)
        },
      },
    },
    {
      ...typed(berthResources.imageBuild, allSchemas),
      rules: {
        validate(object, previous) {
          if (deepEqual(object['spec'], previous?.['spec'])) return []
          // As above.
          return validateImageBuild(object as unknown as ImageBuild, previous as unknown as ImageBuild | undefined)
        },
      },
    },
  ]
}
