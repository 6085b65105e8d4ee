/** All schemas the engine serves, by definition name. */

import { backupSchemas, berthSchemas, kubevirtSchemas, templateSchemas, volumeSnapshotSchemas } from '@berth/api'
import { coreSchemas } from '@berth/apiserver'
import type { SchemaSet } from '@berth/meta'

export const allSchemas: SchemaSet = {
  ...coreSchemas,
  ...kubevirtSchemas,
  ...templateSchemas,
  ...berthSchemas,
  ...backupSchemas,
  ...volumeSnapshotSchemas,
}
