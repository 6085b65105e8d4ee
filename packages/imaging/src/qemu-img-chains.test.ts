import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createImage, imageInfo } from './qemu-img.ts'
import { commitImage, compareImages, createEmptyOverlay, rebaseImage, renameBacking } from './qemu-img-chains.ts'
import { runProcess } from './run-process.ts'

const MiB = 1024 ** 2

let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-chains-'))
})

afterEach(() => rm(folder, { recursive: true, force: true }))

const at = (name: string): string => join(folder, `${name}.qcow2`)

async function write(name: string, value: number, offset: number): Promise<void> {
  const args = ['-f', 'qcow2', '-c', `write -q -P ${value} ${offset} 64k`, at(name)]
  await runProcess({ command: 'qemu-io', args, purpose: 'writing', timeoutMs: 10_000 })
}

/** a, b on a, c on b; each with something of its own. */
async function chain(): Promise<void> {
  await createImage({ path: at('a'), format: 'qcow2', sizeBytes: MiB })
  await write('a', 1, 0)
  for (const [name, below, value] of [
    ['b', 'a', 2],
    ['c', 'b', 3],
  ] as const) {
    await createEmptyOverlay({ path: at(name), backing: { name: `${below}.qcow2`, format: 'qcow2' }, sizeBytes: MiB })
    await write(name, value, value * 65_536)
  }
}

const image = (name: string) => ({ path: at(name), format: 'qcow2' as const })

it('names what an image lies on as it is told, and does not look at it', async () => {
  const backing = { name: 'not-there.qcow2', format: 'qcow2' as const }
  await createEmptyOverlay({ path: at('x'), backing, sizeBytes: MiB })
  await renameBacking({ path: at('x'), backing: { ...backing, name: 'other.qcow2' } })
  await expect(
    createEmptyOverlay({ path: at('y'), backing: { ...backing, name: '../z' }, sizeBytes: MiB }),
  ).rejects.toMatchObject({
    code: 'InvalidArgument',
  })
})

it('merges upward and downward without a change of what is read', async () => {
  await chain()
  await createImage({ path: at('before'), format: 'qcow2', sizeBytes: MiB })
  await rebaseImage({ path: at('before') })
  expect(await compareImages(image('c'), image('before'))).toBe(false)
  await rebaseImage({ path: at('c'), backing: { name: 'a.qcow2', format: 'qcow2' } })
  expect((await imageInfo(image('c'))).backingFile).toBe('a.qcow2')
  // What was taken in, and what is put back half-way: the old name is right as well.
  await renameBacking({ path: at('c'), backing: { name: 'b.qcow2', format: 'qcow2' } })
  await commitImage({ path: at('c') })
  expect(await compareImages(image('b'), image('c'))).toBe(true)
  await rebaseImage({ path: at('c') })
  expect((await imageInfo(image('c'))).backingFile).toBeUndefined()
  expect(await compareImages(image('b'), image('c'))).toBe(true)
})
