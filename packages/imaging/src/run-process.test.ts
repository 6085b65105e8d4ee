import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { runProcess, streamProcess } from './run-process.ts'
import { testDirectory } from './test-directory.testkit.ts'

const base = { purpose: 'testing', timeoutMs: 20_000 }

describe('runProcess', () => {
  const directory = testDirectory()
  afterEach(() => vi.useRealTimers())

  it('passes arguments untouched and returns the output', async () => {
    const result = await runProcess({ ...base, command: 'printf', args: ['%s|', '$HOME', "a'b", '; true'] })
    expect(result).toMatchObject({ stdout: "$HOME|a'b|; true|", exitCode: 0 })
  })

  it('feeds input and reports lines split at CR and LF', async () => {
    const lines: string[] = []
    await runProcess({ ...base, command: 'cat', args: [], input: 'a\rb\n\nc', onLine: (line) => lines.push(line) })
    expect(lines).toEqual(['a', 'b', 'c'])
  })

  it('fails with the last words of the program', async () => {
    const run = runProcess({ ...base, command: 'sh', args: ['-c', 'echo broken >&2; exit 3'] })
    await expect(run).rejects.toMatchObject({ code: 'ToolFailed', message: expect.stringMatching(/code 3: broken/) })
  })

  it('accepts exit codes that are answers', async () => {
    const result = await runProcess({ ...base, command: 'sh', args: ['-c', 'exit 3'], okExitCodes: [0, 3] })
    expect(result.exitCode).toBe(3)
  })

  it.each([undefined, { cpuSeconds: 5 }])('names a program that is not installed, limits %j', async (limits) => {
    const run = runProcess({ ...base, command: 'berth-no-such-program', args: [], limits })
    await expect(run).rejects.toMatchObject({ code: 'ToolMissing', remedy: expect.stringContaining('apt-get install') })
  })

  it('kills the whole process group when the time is over', async () => {
    // How long a program takes to start is the machine's affair.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    let grandchild = ''
    const run = runProcess({
      ...base,
      command: 'sh',
      args: ['-c', 'sleep 600 & echo $!; wait'],
      timeoutMs: 3_600_000,
      onLine(line) {
        grandchild = line
        vi.advanceTimersByTime(3_600_000)
      },
    })
    await expect(run).rejects.toMatchObject({ code: 'TimedOut' })
    vi.useRealTimers()
    await expect.poll(() => stateOf(grandchild)).toMatch(/^(?:gone|Z)$/)
  })

  it('stops when cancelled, and does not start when cancelled before', async () => {
    const controller = new AbortController()
    const onLine = (): void => controller.abort()
    const run = runProcess({
      ...base,
      command: 'sh',
      args: ['-c', 'echo up; exec sleep 600'],
      signal: controller.signal,
      onLine,
    })
    await expect(run).rejects.toMatchObject({ code: 'Aborted' })
    const second = runProcess({ ...base, command: 'true', args: [], signal: controller.signal })
    await expect(second).rejects.toMatchObject({ code: 'Aborted' })
  })

  it('kills a program that prints without end', async () => {
    const run = runProcess({ ...base, command: 'yes', args: [], maxOutputBytes: 10_000 })
    await expect(run).rejects.toMatchObject({ code: 'OutputTooLarge' })
  })

  it('enforces resource limits', async () => {
    const run = runProcess({
      ...base,
      command: 'dd',
      args: ['if=/dev/zero', `of=${join(directory, 'big')}`, 'bs=1M', 'count=4'],
      limits: { fileSizeBytes: 1024 * 1024 },
    })
    await expect(run).rejects.toMatchObject({ code: 'TooLarge' })
  })
})

describe('streamProcess', () => {
  it('gives output larger than memory limits piece by piece', async () => {
    const { stdout, done } = streamProcess({ ...base, command: 'head', args: ['-c', '3000000', '/dev/zero'] })
    let bytes = 0
    for await (const chunk of stdout) bytes += (chunk as Buffer).length
    await done
    expect(bytes).toBe(3_000_000)
  })

  it('ends the program when the reader leaves', async () => {
    const { stdout, done } = streamProcess({ ...base, command: 'yes', args: [] })
    stdout.destroy()
    await expect(done).rejects.toMatchObject({ code: 'Aborted' })
  })
})

async function stateOf(pid: string): Promise<string> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  return text === undefined ? 'gone' : (text.slice(text.lastIndexOf(')') + 2)[0] ?? '')
}
