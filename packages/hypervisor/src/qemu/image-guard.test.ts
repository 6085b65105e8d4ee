import { execFile } from 'node:child_process'
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DomainDisk } from '../spec/disks.ts'
import { guardImage } from './image-guard.ts'

const run = promisify(execFile)

describe('guardImage', () => {
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'berth-guard-'))
    await run('qemu-img', ['create', '-q', '-f', 'qcow2', join(folder, 'plain'), '1M'])
    await run('qemu-img', [
      'create',
      '-q',
      '-f',
      'qcow2',
      '-u',
      '-b',
      '/etc/shadow',
      '-F',
      'raw',
      join(folder, 'backed'),
      '1M',
    ])
    const data = `data_file=${join(folder, 'data')},data_file_raw=on`
    await run('qemu-img', ['create', '-q', '-f', 'qcow2', '-o', data, join(folder, 'external'), '1M'])
    await writeFile(join(folder, 'text'), 'not an image, but long enough to hold a header of one')
    await writeFile(join(folder, 'empty'), '')
  })

  afterAll(() => rm(folder, { recursive: true }))

  it.each([
    ['plain', false, undefined],
    ['backed', false, 'InvalidSpec'],
    ['backed', true, undefined],
    ['external', true, 'Unsupported'],
    ['text', false, 'InvalidSpec'],
    ['empty', false, 'InvalidSpec'],
  ])('%s image, backing listed: %s', async (name, listed, code) => {
    const path = join(folder, name)
    const disk: DomainDisk = { name, path, format: 'qcow2', device: 'disk', bus: 'virtio', readOnly: false }
    const handle = await open(path)
    const guarded = guardImage(handle, disk, listed)
    if (code === undefined) await guarded
    else await expect(guarded).rejects.toMatchObject({ code })
    await handle.close()
  })
})
