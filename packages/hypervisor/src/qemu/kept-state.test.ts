import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { keptTpmFolder, keptVariables } from './kept-state.ts'

describe('kept state', () => {
  let folder: string
  let template: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'berth-kept-'))
    template = join(folder, 'template.fd')
    await writeFile(template, 'fresh')
  })

  afterEach(() => rm(folder, { recursive: true }))

  it('begins as the template, and is what earlier runs left from then on', async () => {
    const path = await keptVariables(folder, template)
    expect(await readFile(path, 'utf8')).toBe('fresh')
    await writeFile(path, 'USED!')
    expect(await keptVariables(folder, template)).toBe(path)
    expect(await readFile(path, 'utf8')).toBe('USED!')
  })

  it('is not made of what a crash left half-copied', async () => {
    await writeFile(join(folder, '.vars.fd.new'), 'fr')
    expect(await readFile(await keptVariables(folder, template), 'utf8')).toBe('fresh')
  })

  it('of another firmware is refused, and left as it is', async () => {
    const path = await keptVariables(folder, template)
    await writeFile(template, 'larger firmware')
    await expect(keptVariables(folder, template)).rejects.toMatchObject({
      code: 'Unsupported',
      remedy: /new variables/,
    })
    expect(await readFile(path, 'utf8')).toBe('fresh')
  })

  it('has a folder for the TPM, made once', async () => {
    const path = await keptTpmFolder(folder)
    await writeFile(join(path, 'tpm2-00.permall'), 'x')
    expect(await keptTpmFolder(folder)).toBe(path)
    expect(await readdir(path)).toEqual(['tpm2-00.permall'])
  })

  it('needs its folder', async () => {
    const gone = join(folder, 'gone')
    await expect(keptVariables(gone, template)).rejects.toMatchObject({ code: 'InvalidSpec' })
    await expect(keptTpmFolder(gone)).rejects.toMatchObject({ code: 'InvalidSpec' })
  })
})
