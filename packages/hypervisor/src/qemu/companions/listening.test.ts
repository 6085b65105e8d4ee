import { createServer } from 'node:net'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isListening, listeningInodes } from './listening.ts'

const table = `Num       RefCount Protocol Flags    Type St Inode Path
ffff8881: 00000002 00000000 00010000 0001 01 13579 /run/a.sock
ffff8882: 00000003 00000000 00000000 0001 03 24680 /run/a.sock
ffff8883: 00000002 00000000 00010000 0001 01 11111
garbage
`

describe('listening sockets', () => {
  it('are those with the flag', () => {
    expect(listeningInodes(table)).toEqual(['13579', '11111'])
  })

  it('of a process are found as soon as it listens', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'berth-listening-'))
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(join(folder, 's'), resolve))
    expect(await isListening(process.pid)).toBe(true)
    await new Promise<void>((resolve) => server.close(() => resolve()))
    await rm(folder, { recursive: true })
  })

  it('are none of a process that is not there', async () => {
    expect(await isListening(2 ** 22 + 1)).toBe(false)
  })
})
