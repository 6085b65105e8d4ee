import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { silentLogger } from '@berth/base'
import { expect, test } from 'vitest'
import { contents, inScratch, putText } from './testing/scratch.ts'
import { openStore } from './open.ts'

const program = fileURLToPath(new URL('./testing/fault-writer.ts', import.meta.url))

interface Victim {
  pid: number
  /** Says a line and hears the answer. */
  tell(line: string): Promise<Record<string, unknown>>
  /** The first thing it says. */
  hear(): Promise<Record<string, unknown>>
  end(): Promise<void>
}

function start(command: string, args: readonly string[]): Victim {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const exited = once(child, 'exit')
  const hear = async (): Promise<Record<string, unknown>> => {
    const { value, done } = await lines.next()
    if (done === true) throw new Error('the victim said nothing more')
    return JSON.parse(value)
  }
  return {
    pid: child.pid ?? 0,
    hear,
    tell(line) {
      child.stdin.write(`${line}\n`)
      return hear()
    },
    async end() {
      child.kill('SIGKILL')
      await exited
    },
  }
}

test('a disk that is really full: refused, nothing lost, and on as soon as there is room', () =>
  inScratch(async (directory) => {
    // The kernel's limit on the size of a file is a full disk that an ordinary user can make, and unmake.
    const limited = [
      '--ignore-signal=XFSZ',
      'prlimit',
      '--fsize=400000:unlimited',
      process.execPath,
      program,
      directory,
    ]
    const victim = start('env', limited)
    try {
      expect(await victim.hear()).toEqual({ open: true })
      const kept: string[] = []
      const refused: Record<string, unknown>[] = []
      // Room that a checkpoint makes is used, until there is none.
      for (let index = 0; refused.length < 10 && index < 500; index += 1) {
        const answer = await victim.tell(`write k${index} 10000`)
        if (answer['code'] === undefined) kept.push(`k${index}`)
        else refused.push(answer)
      }
      expect(refused).toHaveLength(10)
      for (const each of refused)
        expect(each).toMatchObject({ code: 'Unavailable', remedy: expect.stringContaining('Free space') })
      expect(kept.length).toBeGreaterThan(5)
      expect((await victim.tell('read'))['keys']).toEqual(kept.toSorted())

      execFileSync('prlimit', ['--fsize=unlimited:unlimited', `--pid=${victim.pid}`])
      expect(await victim.tell('write again 100000')).toMatchObject({ revision: expect.any(Number) })
      expect((await victim.tell('read'))['keys']).toEqual([...kept, 'again'].toSorted())
      await victim.end()
      const store = await openStore({ directory, logger: silentLogger })
      expect(Object.keys(contents(store))).toEqual([...kept, 'again'].toSorted())
      await store.close()
    } finally {
      await victim.end()
    }
  }))

/** Mounts need a namespace of one's own, which some hosts and most containers do not give. */
const mayMount = spawnSync('unshare', ['--mount', '--map-root-user', 'true']).status === 0

test.skipIf(!mayMount)('a read-only file system is refused with what to do, and left as it is', () =>
  inScratch(async (directory) => {
    const store = await openStore({ directory, logger: silentLogger })
    await store.write([putText('a', '1')])
    const before = contents(store)
    await store.close()
    const args = ['--mount', '--map-root-user', process.execPath, program, directory, 'read-only']
    const victim = start('unshare', args)
    expect(await victim.hear()).toMatchObject({
      code: 'Unavailable',
      message: expect.stringContaining(directory),
      remedy: expect.stringContaining('permissions'),
    })
    await victim.end()
    const again = await openStore({ directory, logger: silentLogger })
    expect(contents(again)).toEqual(before)
    await again.write([putText('b', '2')])
    await again.close()
  }),
)

// Modes bind ordinary users only.
test.skipIf(process.getuid?.() === 0)('a read-only file is refused with what to do', () =>
  inScratch(async (directory) => {
    const store = await openStore({ directory, logger: silentLogger })
    await store.write([putText('a', '1')])
    await store.close()
    await chmod(join(directory, 'store.db'), 0o400)
    await expect(openStore({ directory, logger: silentLogger })).rejects.toMatchObject({ code: 'Unavailable' })
    await chmod(join(directory, 'store.db'), 0o600)
    await (await openStore({ directory, logger: silentLogger })).close()
  }),
)
