/** One host with the bundled `berth up`: engine, console server and real guests, as a person has it. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  berthWith,
  installBerth,
  kubectlWith,
  newestKubectl,
  prepareDataDirectory,
  qemuProcesses,
  type Berth,
  type BerthSession,
  type Kubectl,
} from '@berth/testkit'
import { afterAll, beforeAll } from 'vitest'

export interface ConsoleHost {
  berth: Berth
  kubectl: Kubectl
  /** Of the console: `http://127.0.0.1:41234`. */
  url: string
  /** Of the engine's API. */
  api: string
  dataDir: string
  /** A link that signs in once: the first administrator, or a user that was added. */
  link(user?: string): Promise<string>
  /** The `berth up` that runs now. */
  session(): BerthSession
  /** Starts `berth up` again on the same addresses. */
  again(): Promise<void>
}

export interface RunningHost extends ConsoleHost {
  /** Ends it, and every machine of it. */
  end(): Promise<void>
}

/** Starts a host before the tests of the file; ends it, and every machine of it, after them. */
export function useConsoleHost(): () => ConsoleHost {
  let host: RunningHost | undefined
  beforeAll(async () => {
    host = await startConsoleHost()
  })
  afterAll(async () => host?.end())
  return () => {
    if (host === undefined) throw new Error('the host has not started yet')
    return host
  }
}

/** Also for programs that are no tests. */
export async function startConsoleHost(): Promise<RunningHost> {
  const root = await mkdtemp(join(tmpdir(), 'berth-console-'))
  const dataDir = join(root, 'data')
  await prepareDataDirectory(dataDir)
  const program = await installBerth(join(root, 'bin'))
  const berth = berthWith({ program, home: root, environment: { BERTH_DATA_DIR: dataDir, BERTH_COMMAND: './berth' } })
  let addresses = { api: '127.0.0.1:0', console: '127.0.0.1:0' }
  const up = async (): Promise<BerthSession> => {
    const session = berth.start('up', '--no-sample', '--listen', addresses.api, '--console-listen', addresses.console)
    await session.said(/^Console: http:\S+$/m)
    return session
  }
  let running = await up()
  const api = found(/^API: +(https:\S+)$/m, running.stdout())
  const url = new URL(found(/^Console: (\S+)$/m, running.stdout())).origin
  addresses = { api: new URL(api).host, console: new URL(url).host }
  return {
    berth,
    kubectl: kubectlWith({ home: root, program: await newestKubectl(), kubeconfig: join(dataDir, 'admin.kubeconfig') }),
    url,
    api,
    dataDir,
    link: async (user) =>
      found(/(http:\S+)/, await berth('console', '--link', ...(user === undefined ? [] : ['--user', user]))),
    session: () => running,
    async again() {
      running = await up()
    },
    async end() {
      await berth.run('down')
      await running.ended
      await rm(root, { recursive: true, force: true })
      const left = await qemuProcesses(dataDir)
      if (left.length > 0) throw new Error(`QEMU still runs after berth down: ${left.join(', ')}`)
    },
  }
}

function found(pattern: RegExp, text: string): string {
  const [, match] = pattern.exec(text) ?? []
  if (match === undefined) throw new Error(`${String(pattern)} is not in: ${text}`)
  return match
}
