import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ImageBuildSpec } from '@berth/api'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readableLog, readMarkers } from './markers.ts'
import { buildScript, stepsOf, userData } from './script.ts'
import { quoted, withBytes } from './shell.ts'

const run = promisify(execFile)
const token = 'a1b2c3'

const spec: ImageBuildSpec = {
  from: { debian: { release: 'bookworm' } },
  publish: { name: 'web' },
  customise: {
    packages: ['nginx', "odd'name"],
    files: [{ path: "/etc/it's here", content: 'x' }],
    users: [
      { name: 'ann', sshKeys: ['ssh-ed25519 AAAA ann@home'], passwordSecret: { name: 's', key: 'p' }, sudo: true },
    ],
    commands: ["echo 'one'; exit 3", 'two'],
  },
}
const content = { files: [Buffer.from('x')], passwords: [Buffer.from('pass word')] }

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-script-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** The steps as they run in the guest, with the end of the machine and its console taken out. */
async function runSteps(steps: { title: string; script: string }[]): Promise<string> {
  const script = buildScript(token, steps)
    .replace(/^exec .*$/m, '')
    .replace(/^cd \/root.*$/m, '')
    .replace(/^power_off\(\) \{[\s\S]*?^\}/m, 'power_off() { exit 0; }')
  const file = join(folder, 'script')
  await writeFile(file, script)
  return (await run('/bin/sh', [file], { cwd: folder })).stdout
}

describe('the script of a build', () => {
  it('is one that a shell reads, with all there is in it', async () => {
    const file = join(folder, 'whole')
    await writeFile(file, buildScript(token, stepsOf(spec, content)))
    await run('/bin/sh', ['-n', file])
  })

  it('does packages, users, files and commands in this order, and seals at last', () => {
    expect(stepsOf(spec, content).map(({ title }) => title)).toEqual([
      'install packages',
      'make users',
      'write files',
      'command 1 of 2',
      'command 2 of 2',
      'take out what identifies a machine',
    ])
    expect(stepsOf({ ...spec, customise: {}, seal: false }, content).map(({ title }) => title)).toEqual([
      'take out secrets of the build',
    ])
  })

  it('has no secret in a form that is read at a glance, and makes no user that cloud-init would', () => {
    const data = userData(token, stepsOf(spec, content))
    expect(data).not.toContain('pass word')
    expect(data).toMatch(/^Content-Type: multipart\/mixed; boundary="/)
    expect(data).toContain('#cloud-config\nusers: []')
  })

  it('tells each step and that it is done', async () => {
    const log = await runSteps([
      { title: 'first', script: 'echo hello' },
      { title: 'second', script: 'true' },
    ])
    expect(readMarkers(log, token)).toEqual({ step: '2/2 second', outcome: { kind: 'done' } })
    expect(readableLog(log, token)).toContain('== step 1/2 first\nhello\n')
  })

  it('ends at the first thing that fails, with its exit code', async () => {
    const log = await runSteps([
      { title: 'first', script: 'false\necho "not reached"' },
      { title: 'second', script: 'echo "nor this"' },
    ])
    expect(log).not.toContain('reached')
    expect(log).not.toContain('nor this')
    expect(readMarkers(log, token).outcome).toEqual({ kind: 'failed', exitCode: 1, step: '1/2 first' })
  })

  it('runs commands as they are written', async () => {
    const [, , , first] = stepsOf(spec, content)
    const script = (first?.script ?? '').replaceAll('/run/berth-command', join(folder, 'command'))
    const log = await runSteps([{ title: 'command', script }])
    expect(log).toContain("+ echo 'one'; exit 3\none\n")
    expect(readMarkers(log, token).outcome).toEqual({ kind: 'failed', exitCode: 3, step: '1/1 command' })
  })

  it('writes files as they are, whatever is in them and in their names', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index))
    const script = [
      `cd ${quoted(folder)}`,
      withBytes(`base64 -d >${quoted("it's $(here)")}`, bytes),
      `base64 -w0 ${quoted("it's $(here)")}`,
    ].join('\n')
    expect(await runSteps([{ title: 'file', script }])).toContain(bytes.toString('base64'))
  })

  it('quotes every text as one word', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0')),
        async (text) => {
          const { stdout } = await run('/bin/sh', ['-c', `printf %s ${quoted(text)}`])
          expect(stdout).toBe(Buffer.from(text).toString())
        },
      ),
      { numRuns: 25 },
    )
  })
})

describe('lines of the log', () => {
  it('count only with the word of the build', () => {
    expect(readMarkers('berth-image-build other done\r\nberth-image-build a1b2c3 step 1/2 go\r\n', token)).toEqual({
      step: '1/2 go',
    })
  })

  it('end with the work', () => {
    expect(readableLog('one\r\nberth-image-build a1b2c3 done\r\n[ 9.1] I/O error, dev vda\r\n', token)).toBe(
      'one\n== done\n',
    )
  })

  it('are free of what moves cursors', () => {
    expect(readableLog('\u001B[0;32m  OK  \u001B[0m\r\n\u001B]0;title\u0007x\u0000\r\r\ny', token)).toBe('  OK  \nx\ny')
  })
})
