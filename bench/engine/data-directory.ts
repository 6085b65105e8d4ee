/** Data directories to start engines on. One is made per run, with the built-in guest in it; the rest are its copies. */

import { cp, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { dataDirectory } from '@berth/engine'
import { buildTinyGuest } from '@berth/imaging'
import type { BenchContext } from '../context.ts'
import { startEngineProcess } from './engine-process.ts'

async function seedOf(context: BenchContext): Promise<{ cold: string; warm: string }> {
  return context.shared('data-directory-seed', async () => {
    const folder = await context.folder('seed')
    const [cold, warm] = [join(folder, 'cold'), join(folder, 'warm')]
    const { images } = dataDirectory(cold)
    await mkdir(images, { recursive: true })
    context.log('making the built-in guest')
    await buildTinyGuest({ directory: images })
    await cp(cold, warm, { recursive: true })
    // Makes the keys, the first objects, and learns which acceleration works here.
    const engine = await startEngineProcess(context, { dataDir: warm, driver: 'qemu' })
    await engine.close()
    return { value: { cold, warm }, dispose: async () => {} }
  })
}

/** One that an engine has run on before. */
export async function warmDirectory(context: BenchContext): Promise<string> {
  return copyOf(context, 'warm')
}

/** Empty but for the built-in guest, which would have to be downloaded. */
export async function coldDirectory(context: BenchContext): Promise<string> {
  return copyOf(context, 'cold')
}

async function copyOf(context: BenchContext, which: 'cold' | 'warm'): Promise<string> {
  const seed = await seedOf(context)
  const copy = join(await context.folder(which), 'data')
  await cp(seed[which], copy, { recursive: true })
  return copy
}
