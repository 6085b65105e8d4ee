import { createHash, randomUUID } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { berth } from '../testing/test-context.ts'

const root = join(tmpdir(), `berth-load-${randomUUID()}`)
const layout = join(root, 'layout')
const now = new Date('2026-05-01T12:00:00Z')
const world = { dataDirectory: join(root, 'data'), homeDirectory: root, now: () => now }

beforeAll(async () => {
  await mkdir(join(layout, 'blobs/sha256'), { recursive: true })
  const put = async (content: string): Promise<object> => {
    const hex = createHash('sha256').update(content).digest('hex')
    await writeFile(join(layout, 'blobs/sha256', hex), content)
    return { mediaType: 'x', digest: `sha256:${hex}`, size: content.length }
  }
  const manifest = await put(JSON.stringify({ config: await put('{}'), layers: [await put('layer')] }))
  await writeFile(join(layout, 'index.json'), JSON.stringify({ manifests: [manifest] }))
})
afterAll(() => rm(root, { recursive: true, force: true }))

it('takes a container image, shows it and removes it', async () => {
  expect(await berth(world, 'image', 'containers')).toMatchObject({
    exitCode: 0,
    stdout: '',
    stderr: 'No container images. Load one with `berth image load FILE`, or let a VM pull it.\n',
  })
  expect(await berth(world, 'image', 'load', layout, '--as', 'example.com/team/a:1')).toEqual({
    exitCode: 0,
    stdout: 'Container image "example.com/team/a:1" loaded\n',
    stderr: '',
  })
  const { stdout } = await berth(world, 'image', 'containers')
  expect(stdout).toMatch(/^NAME +DIGEST +FROM +AGE\nexample\.com\/team\/a:1 +sha256:[0-9a-f]{12} +loaded +\d/)
  expect((await berth(world, 'image', 'containers', '-o', 'name')).stdout).toBe('example.com/team/a:1\n')
  expect(JSON.parse((await berth(world, 'image', 'containers', '-o', 'json')).stdout)).toMatchObject([
    { name: 'example.com/team/a:1', source: 'load' },
  ])
  expect((await berth(world, 'image', 'remove', 'example.com/team/a:1')).stdout).toBe(
    'Image "example.com/team/a:1" removed\n',
  )
  expect(await berth(world, 'image', 'remove', 'example.com/team/a:1')).toMatchObject({
    stderr:
      'error: there is no image "example.com/team/a:1"\nnext: See `berth image list` and `berth image containers`.\n',
  })
})

it('says what to do about an image without a name, and about what is none', async () => {
  expect((await berth(world, 'image', 'load', layout)).stderr).toContain('--as registry.example.com/team/image:tag')
  expect((await berth(world, 'image', 'load', join(root, 'none'))).stderr).toContain('there is no image at')
  expect((await berth(world, 'image', 'load', join(layout, 'index.json'))).exitCode).not.toBe(0)
})
