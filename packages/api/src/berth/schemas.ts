/** Schemas of berth.dev, written by hand: the engine serves them, and CustomResourceDefinitions for clusters are made of them. */

import type { SchemaSet } from '@berth/meta'
import { imageBuildSchemas } from './image-build-schema.ts'
import { snapshotPolicySchemas } from './snapshot-policy-schema.ts'

export const berthSchemas: SchemaSet = { ...snapshotPolicySchemas, ...imageBuildSchemas }
