import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createQemuDriver } from './create.ts'
import { findFirmware } from './firmware.ts'
import { describeQemu } from './host.ts'
import { tryGuest } from './probe.ts'

describe('finding out what the host can do', () => {
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'berth-probe-'))
  })

  afterEach(() => rm(folder, { recursive: true }))

  async function program(script: string): Promise<string> {
    const path = join(folder, 'program')
    await writeFile(path, `#!/bin/sh\n${script}\n`)
    await chmod(path, 0o755)
    return path
  }

  describe('tryGuest', () => {
    it.each<[string, string, number, RegExp | undefined]>([
      ['a guest that greets', 'echo berth guest ready; exec sleep 60', 30_000, undefined],
      ['a guest that hangs', 'echo booting; exec sleep 60', 200, /did not boot with it within 0.2 s/],
      ['a QEMU that refuses', 'echo no such device >&2; exit 1', 30_000, /cannot use it: no such device/],
      ['a QEMU that ends silently', 'exit 0', 30_000, /the guest ended early/],
    ])('%s', async (_, script, timeoutMs, failure) => {
      const binary = await program(script)
      const guest = { kernel: binary, initrd: binary }
      const result = await tryGuest(
        { directory: folder, binary, version: '1', guest, timeoutMs, uid: undefined },
        guest,
        undefined,
      )
      if (failure === undefined) expect(result).toBeUndefined()
      else expect(result).toMatch(failure)
    })
  })

  it('describes the QEMU that is installed', async () => {
    const description = await describeQemu('qemu-system-x86_64')
    expect(description.version).toMatch(/^\d+\.\d+\.\d+$/)
    expect(description.machineTypes).toEqual(expect.arrayContaining(['q35']))
    expect(description.cpuModels).toEqual(expect.arrayContaining(['qemu64', 'max']))
    expect(description.devices).toEqual(expect.arrayContaining(['virtio-net-pci']))
  })

  it.each([
    ['is not there', '/no/such/program'],
    ['is something else', '/bin/true'],
  ])('refuses a program that %s, and says how to get the right one', async (_, binary) => {
    await expect(createQemuDriver({ directory: folder, binary })).rejects.toMatchObject({
      code: 'Unsupported',
      remedy: expect.stringContaining('apt-get install'),
    })
  })

  it('finds firmware only where both its files are', async () => {
    await writeFile(join(folder, 'OVMF_CODE_4M.fd'), '')
    expect(await findFirmware([folder])).toEqual({})
    await writeFile(join(folder, 'OVMF_VARS_4M.fd'), '')
    expect(await findFirmware([folder])).toEqual({
      uefi: { code: join(folder, 'OVMF_CODE_4M.fd'), vars: join(folder, 'OVMF_VARS_4M.fd') },
    })
  })
})
