/** Images that can be built, by name. */

import type { DebianRelease } from '@berth/imaging'

export const recipes = {
  'debian-12': { release: 'bookworm', description: 'Debian 12 (bookworm), cloud-init, guest agent, SSH' },
} as const satisfies Record<string, { release: DebianRelease; description: string }>

export type RecipeName = keyof typeof recipes

export function isRecipe(name: string): name is RecipeName {
  return Object.hasOwn(recipes, name)
}
