/** The bundled command, built first when the sources have changed. */

import { fileURLToPath } from 'node:url'
import { timeNode } from './processes.ts'

const root = new URL('../../', import.meta.url)
let built: Promise<number> | undefined

export async function berthProgram(): Promise<string> {
  built ??= timeNode([fileURLToPath(new URL('tools/build.mjs', root))])
  await built
  return fileURLToPath(new URL('dist/berth.js', root))
}
