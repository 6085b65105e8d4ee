/** The KubeVirt resource: shows version and phase. Its configuration is not read yet, so it cannot be set. */

import { resources } from '@berth/api'
import type { ResourceDefinition } from '@berth/apiserver'
import { deepEqual, type StatusCause } from '@berth/meta'
import { typed } from './typed.ts'
import { allSchemas } from './schemas.ts'
import { isEngine } from './who.ts'

export function kubeVirtDefinition(): ResourceDefinition {
  return {
    ...typed(resources.kubeVirt, allSchemas),
    rules: {
      validate(object, previous, { user }): StatusCause[] {
        if (isEngine(user) || deepEqual(object['spec'], previous?.['spec'])) return []
        return [
          {
            reason: 'FieldValueForbidden',
            field: 'spec',
            message: 'the embedded engine does not honour a configuration of KubeVirt yet',
          },
        ]
      },
    },
  }
}
