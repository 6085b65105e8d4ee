/** The bench's end of a console server's process. */

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { BenchContext } from '../context.ts'

export interface ConsoleUsage {
  /** After a garbage collection. */
  residentBytes: number
  cpuMs: number
  atMs: number
}

export interface ConsoleProcess {
  url: string
  /** The cookie of somebody who is signed in. */
  cookie: string
  usage(): Promise<ConsoleUsage>
  close(): Promise<void>
}

const program = fileURLToPath(new URL('console-host.ts', import.meta.url))

/** @param assets folder with the built page; without one it serves none */
export async function startConsoleProcess(
  context: BenchContext,
  kubeconfig: string,
  assets?: string,
): Promise<ConsoleProcess> {
  const folder = await context.folder('console')
  const profile =
    context.profileDirectory === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${context.profileDirectory}`]
  const child = fork(program, [kubeconfig, folder, ...(assets === undefined ? [] : [assets])], {
    execArgv: ['--expose-gc', ...profile],
  })
  const exited = once(child, 'exit')
  const close = async (): Promise<void> => {
    if (child.connected) child.disconnect()
    await exited
  }
  context.atEnd(close)
  const ended = exited.then(([code]) => {
    throw new Error(`the console's process ended with code ${String(code)}`)
  })
  const answer = async (): Promise<unknown> => ((await Promise.race([once(child, 'message'), ended])) as unknown[])[0]
  // Sent by console-host.ts as its first message.
  const { url, link } = (await answer()) as { url: string; link: string }
  // From here on it ends when the benchmark says so.
  ended.catch(() => {})
  return {
    url,
    cookie: await signIn(url, link),
    async usage() {
      child.send({})
      return (await answer()) as ConsoleUsage // its only answer
    },
    close,
  }
}

async function signIn(url: string, link: string): Promise<string> {
  const code = decodeURIComponent(link.slice(link.indexOf('#code=') + '#code='.length))
  const response = await fetch(`${url}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url, 'x-berth-csrf': 'sign-in' },
    body: JSON.stringify({ method: 'code', code }),
  })
  if (!response.ok) throw new Error(`signing in answered ${response.status}: ${await response.text()}`)
  return response.headers
    .getSetCookie()
    .map((cookie) => cookie.slice(0, cookie.indexOf(';')))
    .join('; ')
}
