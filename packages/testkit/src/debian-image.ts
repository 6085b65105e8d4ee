/** The Debian image is built once per clone, by the command a person would use, and put into each library from there. */

import { constants } from 'node:fs'
import { cp, mkdir, rename } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Berth } from './berth-command.ts'

const name = 'debian-12'
/** Laid out as a data directory, whose library is `images`. */
const cache = resolve(import.meta.dirname, '../../../node_modules/.cache/berth')

/** Takes minutes the first time, and tells its progress meanwhile. @param images an engine's library; it may be running */
export async function buildDebian(berth: Berth, images: string): Promise<void> {
  const building = berth.start('image', 'build', name, '--data-dir', cache)
  let shown = 0
  const show = setInterval(() => {
    process.stderr.write(building.stderr().slice(shown))
    shown = building.stderr().length
  }, 1000)
  const { code, stderr } = await building.ended
  clearInterval(show)
  if (code !== 0) throw new Error(`image ${name} could not be built: ${stderr}`)
  await mkdir(images, { recursive: true })
  // The engine sees it complete or not at all. The name is none that a library lists.
  const incoming = join(images, `.incoming-${name}`)
  await cp(join(cache, 'images', name), incoming, { recursive: true, mode: constants.COPYFILE_FICLONE })
  await rename(incoming, join(images, name))
}
