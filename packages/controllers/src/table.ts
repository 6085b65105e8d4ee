/** Every controller of this package. Adding one is a folder and a line here. */

import type { ControllerDefinition } from './controller.ts'
import { imageBuildController } from './image-builds/index.ts'
import { snapshotPolicyController } from './snapshot-policies/index.ts'

export const controllers: readonly ControllerDefinition[] = [snapshotPolicyController, imageBuildController]
