/** Cloud images of the catalogue by the name of their system. */

import type { Architecture } from '../../defaulting/platform.ts'
import { cloudSystems, type CloudImage } from './cloud-images.ts'

/** @returns undefined for a system that is not in the catalogue, or not for the architecture */
export function cloudImage(name: string, architecture: Architecture): CloudImage | undefined {
  return cloudSystems.find((system) => system.name === name)?.images[architecture]
}
