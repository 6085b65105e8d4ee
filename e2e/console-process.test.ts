// The console as a process: beside the engine of `berth up`, and by itself for a kubeconfig.
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  berthWith,
  eventually,
  installBerth,
  prepareDataDirectory,
  type Berth,
  type BerthSession,
} from '@berth/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Visitor } from './console-access/visitor.ts'

let root = ''
let dataDir = ''
let berth: Berth
let session: BerthSession
let visitor: Visitor

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'berth-console-'))
  dataDir = join(root, 'data')
  await prepareDataDirectory(dataDir)
  const program = await installBerth(join(root, 'bin'))
  berth = berthWith({ program, home: root, environment: { BERTH_DATA_DIR: dataDir } })
  session = await up('127.0.0.1:0')
  visitor = new Visitor(new URL(linkOf(session)).origin)
  await visitor.signIn({ method: 'code', code: Visitor.codeOf(linkOf(session)) })
})
afterAll(async () => {
  await berth.run('down')
  await session.ended
  await rm(root, { recursive: true, force: true })
})

async function up(consoleListen: string): Promise<BerthSession> {
  const started = berth.start('up', '--no-sample', '--listen', '127.0.0.1:0', '--console-listen', consoleListen)
  await started.said(/^Console: /m)
  return started
}

function linkOf(running: BerthSession): string {
  const lines = running.stdout().trimEnd().split('\n')
  return (lines.at(-1) ?? '').replace(/^Console: /, '')
}

interface Status {
  console?: { url: string; pid: number }
  engine: { state: string }
}

async function status(): Promise<Status> {
  return JSON.parse(await berth('status', '-o', 'json')) as Status // the command's own shape
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe('beside the engine', () => {
  it('is told of last, and its link signs in', async () => {
    expect(linkOf(session)).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/sign-in#code=[\w-]{32}$/)
    expect(await visitor.session()).toMatchObject({
      user: 'local:admin',
      command: 'berth',
      clusters: [{ state: 'reachable' }],
    })
    expect(await berth('status')).toContain(`Console:  ${visitor.url}\n`)
    for (const file of ['console.kubeconfig', 'console/cookie-key.json', 'console/console.json', 'logs/console.log']) {
      expect([file, (await stat(join(dataDir, file))).mode & 0o077]).toEqual([file, 0])
    }
    expect(await readFile(join(dataDir, 'logs', 'console.log'), 'utf8')).not.toContain(Visitor.codeOf(linkOf(session)))
  })

  it('has users that are made on the command line', async () => {
    expect(await berth('user', 'add', 'ann', '--role', 'operator')).toBe('User "ann" added as operator.\n')
    const link = (await berth('console', '--link', '--user', 'ann')).trim()
    const ann = new Visitor(visitor.url)
    await ann.signIn({ method: 'code', code: Visitor.codeOf(link) })
    expect(await ann.session()).toMatchObject({ user: 'local:ann', admin: false })

    const password = berth.start('user', 'password', 'ann', '--password-stdin')
    password.write('correct horse\n')
    password.endInput()
    expect((await password.ended).stdout).toBe('Password of "ann" set; the user\'s sessions ended.\n')
    await eventually(async () => (await ann.ask('/api/session')).code === 401, { what: 'the session to end' })
    expect((await ann.signIn({ method: 'password', user: 'ann', password: 'correct horse' })).code).toBe(200)

    expect(await berth('user', 'list')).toMatch(
      /^NAME +ROLE +PASSWORD +CREATED\nadmin +administrator +none .*\nann +operator +set /,
    )
    expect(await berth('user', 'remove', 'ann')).toBe('User "ann" removed.\n')
    expect((await berth.run('user', 'remove', 'ann')).code).toBe(3)
    const last = await berth.run('user', 'remove', 'admin')
    expect([last.code, last.stderr]).toEqual([
      4,
      'error: "admin" is the last administrator\nnext: Make somebody else an administrator first.\n',
    ])
    expect((await berth.run('user', 'add', '../x')).code).toBe(2)
  })

  it('comes back at the same address when it dies, and nobody is signed out', async () => {
    const { console: before } = await status()
    process.kill(before?.pid ?? 0, 'SIGKILL')
    await session.said('the console ended (signal SIGKILL) and is started again')
    await eventually(async () => (await status()).console !== undefined, { what: 'the next console' })
    expect((await status()).console?.url).toBe(before?.url)
    expect(await visitor.session()).toMatchObject({ user: 'local:admin' })
  })

  it('ends with an engine that is killed, and the next one knows who was signed in', async () => {
    const { console: before } = await status()
    session.signal('SIGKILL')
    await session.ended
    await eventually(() => !isAlive(before?.pid ?? 0), { what: 'the console to end' })
    session = await up(new URL(visitor.url).host)
    expect(await visitor.session()).toMatchObject({ user: 'local:admin', clusters: [{ state: 'reachable' }] })
  })

  it('says why it does not run, and the engine goes on', async () => {
    const { host } = new URL(visitor.url)
    const other = join(root, 'other')
    await prepareDataDirectory(other)
    const second = berth.start(
      'up',
      '--no-sample',
      '--data-dir',
      other,
      '--listen',
      '127.0.0.1:0',
      '--console-listen',
      host,
    )
    await second.said(
      `warning: the console does not run: the console cannot listen on ${host}: something else listens there`,
    )
    expect(second.stdout()).toContain('Berth is up.')
    second.signal('SIGTERM')
    expect((await second.ended).code).toBe(0)
  })

  it('goes with the engine that is asked to stop', async () => {
    const { console: before } = await status()
    session.signal('SIGTERM')
    expect((await session.ended).code).toBe(0)
    expect(isAlive(before?.pid ?? 0)).toBe(false)
    expect((await status()).console).toBeUndefined()
    expect((await berth.run('console', '--link')).stderr).toContain('error: no console runs in ')
    session = await up('127.0.0.1:0')
  })
})

describe('for a kubeconfig', () => {
  it('shows its clusters to whoever has the link, with the rights of the kubeconfig', async () => {
    const kubeconfig = join(dataDir, 'admin.kubeconfig')
    const alone = berth.start('console', '--kubeconfig', kubeconfig, '--console-listen', '127.0.0.1:0')
    await alone.said(/^Console: http/m)
    const owner = new Visitor(new URL(linkOf(alone)).origin)
    await owner.signIn({ method: 'code', code: Visitor.codeOf(linkOf(alone)) })
    expect(await owner.session()).toMatchObject({
      admin: false,
      clusters: [{ id: 'berth', kind: 'kubernetes', state: 'reachable' }],
    })
    expect((await owner.ask('/api/clusters/berth/k8s/api/v1/nodes')).code).toBe(200)
    alone.signal('SIGINT')
    expect((await alone.ended).code).toBe(0)
  })

  it('takes tokens only where it is shared, and other addresses only with a certificate', async () => {
    const kubeconfig = join(dataDir, 'admin.kubeconfig')
    const shared = berth.start('console', '--shared', '--kubeconfig', kubeconfig, '--console-listen', '127.0.0.1:0')
    await shared.said(/^Console: http:\/\/127\.0\.0\.1:\d+$/m)
    const somebody = new Visitor(new URL(linkOf(shared)).origin)
    expect((await somebody.ask('/api/sign-in')).json()).toMatchObject({ password: false, token: true, code: false })
    shared.signal('SIGTERM')
    expect((await shared.ended).code).toBe(0)

    const open = await berth.run('console', '--kubeconfig', kubeconfig, '--console-listen', '0.0.0.0:0')
    expect([open.code, open.stderr]).toEqual([2, expect.stringContaining('only with a certificate')])
  })
})
