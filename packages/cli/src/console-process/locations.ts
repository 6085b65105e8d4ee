/** Where the console keeps its things, and where its page lies. */

import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** In the engine's data directory. */
export function consoleDirectory(dataDirectory: string): string {
  return join(dataDirectory, 'console')
}

/** Written by the engine: the credentials the console acts as people with. */
export function consoleKubeconfig(dataDirectory: string): string {
  return join(dataDirectory, 'console.kubeconfig')
}

/** The built page: beside the bundled command, or in `dist/` of the repository the command runs from. */
export function pageFolder(): string {
  const beside = join(import.meta.dirname, 'console')
  return existsSync(join(beside, 'index.html')) ? beside : resolve(import.meta.dirname, '../../../../dist/console')
}
