/** Base images that the embedded engine builds itself, from a distribution's packages. */

import type { BaseRelease } from '../types/image-build.ts'

/** Where the engine publishes them, and readable by everyone who is signed in. */
export const baseImageNamespace = 'berth-images'
/**
 * Where the engine's administrators make images for everybody: what is published in {@link baseImageNamespace} comes from here, so that
 * the disks of builds, with what is secret on them until they are sealed, lie where nobody else may copy them.
 */
export const imageBuildNamespace = 'berth-image-builds'

export const baseImages = {
  bookworm: { name: 'debian-12', description: 'Debian 12 (bookworm), cloud-init, guest agent, SSH' },
} as const satisfies Record<BaseRelease, { name: string; description: string }>
