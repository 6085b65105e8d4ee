/** A console in this process, beside a real engine, for the tests of a file. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '@berth/base'
import { startConsole, type Console, type ConsoleOptions } from '@berth/console-server'
import { connectionOf, loadKubeconfig, systemClock } from '@berth/kube'
import type { TestEngine } from '@berth/testkit'
import { afterAll, beforeAll } from 'vitest'
import { Visitor } from './visitor.ts'

export interface TestConsole {
  url: string
  dataDirectory: string
  /** One-time code of the first administrator. */
  code(): Promise<string>
  /** Somebody new, from an address of their own. */
  visitor(): Visitor
  /** The same, signed in as the first administrator. */
  administrator(): Promise<Visitor>
  /** Makes a local user and signs them in. */
  signedIn(name: string, role: 'operator' | 'viewer' | 'administrator'): Promise<Visitor>
  /** Ends it and starts it again at the same address. */
  restart(): Promise<void>
}

let addresses = 1

export function useConsole(
  engine: () => TestEngine,
  more: (engine: TestEngine) => Promise<Partial<ConsoleOptions>> = () => Promise.resolve({}),
): () => TestConsole {
  let root = ''
  let running: Console | undefined
  let options: ConsoleOptions
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'berth-console-'))
    const assets = join(root, 'page')
    await mkdir(join(assets, 'assets'), { recursive: true })
    await writeFile(
      join(assets, 'index.html'),
      '<!doctype html><html><head></head><body><div id="root"></div></body></html>',
    )
    await writeFile(join(assets, 'assets', 'app-1234.js'), 'globalThis.page = 1\n')
    options = {
      clusters: [engineCluster(engine())],
      listen: { host: '127.0.0.1', port: 0 },
      dataDirectory: join(root, 'console'),
      assets,
      signIn: 'engine',
      logger: silentLogger,
      clock: systemClock,
      command: './berth',
      version: '0.0.0',
      ...(await more(engine())),
    }
    running = await startConsole(options)
    options = { ...options, listen: { host: '127.0.0.1', port: Number(new URL(running.url).port) } }
  })
  afterAll(async () => {
    await running?.close()
    await rm(root, { recursive: true, force: true })
  })
  const current = (): Console => {
    if (running === undefined) throw new Error('the console starts before the first test; use it inside tests only')
    return running
  }
  const visitor = (): Visitor =>
    new Visitor(current().url, `127.0.${Math.floor(++addresses / 250)}.${(addresses % 250) + 2}`)
  const code = async (): Promise<string> => Visitor.codeOf(await current().newSignInLink())
  const administrator = async (): Promise<Visitor> => {
    const somebody = visitor()
    await somebody.signIn({ method: 'code', code: await code() })
    return somebody
  }
  return () => ({
    url: current().url,
    dataDirectory: options.dataDirectory,
    code,
    visitor,
    administrator,
    async signedIn(name, role) {
      const admin = await administrator()
      await admin.ask('/api/accounts', { method: 'POST', body: { name, role } })
      const { link } = (await admin.ask(`/api/accounts/${name}/link`, { method: 'POST' })).json() as { link: string }
      const somebody = visitor()
      await somebody.signIn({ method: 'code', code: Visitor.codeOf(link) })
      return somebody
    },
    async restart() {
      await current().close()
      running = await startConsole(options)
    },
  })
}

export function engineCluster({ paths }: TestEngine): ConsoleOptions['clusters'][number] {
  return {
    id: 'local',
    name: 'This host',
    kind: 'engine',
    namespace: 'default',
    credentials: 'impersonate',
    connection: async () => (await connectionOf(await loadKubeconfig([paths.consoleKubeconfig]))).connection,
  }
}
