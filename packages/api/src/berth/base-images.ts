/** Base images that the embedded engine builds itself, from a distribution's packages. */

import type { BaseRelease } from '../types/image-build.ts'

/** Where the engine publishes them, and readable by everyone who is signed in. */
export const baseImageNamespace = 'berth-images'

export const baseImages = {
  bookworm: { name: 'debian-12', description: 'Debian 12 (bookworm), cloud-init, guest agent, SSH' },
} as const satisfies Record<BaseRelease, { name: string; description: string }>
