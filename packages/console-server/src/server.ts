/** Puts the console together and takes it apart again. */

import { isIP } from 'node:net'
import { hostname, networkInterfaces } from 'node:os'
import { connectCluster } from './clusters/connect-cluster.ts'
import type { Cluster } from './clusters/cluster.ts'
import { ConsoleError } from './errors.ts'
import { makePrivateFolder } from './files/private-files.ts'
import { createApp } from './http/app.ts'
import { knownAddresses } from './http/origin.ts'
import type { Services } from './http/services.ts'
import type { Console, ConsoleOptions } from './options.ts'
import { createParts } from './parts.ts'
import { cookieKey, sessionCookies } from './sessions/cookie.ts'
import { sessionRules } from './sessions/rules.ts'
import { openSessions } from './sessions/sessions.ts'
import { firstAccount, openAccounts, type Accounts } from './sign-in/accounts.ts'
import { linkWith, makeCode } from './sign-in/codes.ts'
import { signInDesk } from './sign-in/sign-in.ts'
import { serveSockets } from './socket/upgrades.ts'

/**
 * Starts the console and listens.
 * @throws {ConsoleError} BadOptions, ListenFailed
 */
export async function startConsole(options: ConsoleOptions): Promise<Console> {
  const { dataDirectory, clock, logger, tls, publicUrls = [] } = options
  const { host } = options.listen
  if (tls === undefined && !isLoopback(host)) {
    throw new ConsoleError('BadOptions', `the console listens on ${host} only with a certificate`, {
      remedy: 'Listen on 127.0.0.1, or give a certificate with --console-cert and --console-key.',
    })
  }
  await makePrivateFolder(dataDirectory)
  /** Undone last to first, also when the start fails half-way. */
  const undo: (() => Promise<void> | void)[] = []
  const close = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step()
  }
  try {
    const accounts = openAccounts(dataDirectory, () => clock.now().getTime())
    if (options.signIn === 'engine') await ensureFirstAccount(accounts)
    const clusters: Cluster[] = []
    undo.push(async () => {
      await Promise.all(clusters.map((cluster) => cluster.close()))
    })
    for (const each of options.clusters) clusters.push(await connectCluster(each))
    const rules = sessionRules(clusters)
    const sessions = await openSessions({ dataDirectory, accounts, clock, logger, rules })
    undo.push(() => sessions.close())
    const parts = createParts({ clusters, clock, logger, dataDirectory })
    undo.push(() => parts.close())
    const desk = signInDesk({ options, clusters, accounts, sessions, clock })

    // The port is known only when it listens, and nothing is answered before the addresses are known.
    const scheme = tls === undefined ? 'http' : 'https'
    const services: Services = {
      options,
      clusters,
      accounts,
      sessions,
      desk,
      parts,
      cookies: { set: notYet, clear: notYet, read: () => undefined },
      known: { hosts: new Set(), origins: new Set() },
    }
    const app = await createApp(services)
    undo.push(() => app.close())
    const sockets = serveSockets(app.server, services)
    undo.push(() => sockets.close())
    const port = await listen(app, options.listen)
    services.cookies = sessionCookies({ key: await cookieKey(dataDirectory), tls: tls !== undefined, port, app })
    services.known = knownAddresses({ scheme, port, names: namesOf(host), publicUrls })
    const url = new URL(`${scheme}://${urlHost(host)}:${port}`).origin
    logger.info({ url }, 'console ready')
    return {
      url,
      async newSignInLink() {
        return signInLink({ url, kind: options.signIn, dataDirectory, nowMs: clock.now().getTime() })
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/**
 * A link that signs in once, for a console whose private folder this is, whether or not it runs at the moment.
 * @throws {ConsoleError} BadOptions where links sign nobody in
 */
export async function signInLink(options: {
  url: string
  kind: ConsoleOptions['signIn']
  dataDirectory: string
  nowMs: number
  /** The first administrator unless given. */
  account?: string
}): Promise<string> {
  const { url, kind, dataDirectory, nowMs } = options
  if (kind === 'tokens') {
    throw new ConsoleError('BadOptions', 'people sign in to this console with tokens of their own only')
  }
  const account = kind === 'engine' ? (options.account ?? firstAccount) : undefined
  const code = await makeCode(dataDirectory, { nowMs, ...(account === undefined ? {} : { account }) })
  return linkWith(url, code)
}

async function ensureFirstAccount(accounts: Accounts): Promise<void> {
  const all = await accounts.list()
  if (all.some(({ role }) => role === 'administrator')) return
  if (all.some(({ name }) => name === firstAccount)) await accounts.setRole(firstAccount, 'administrator')
  else await accounts.add({ name: firstAccount, role: 'administrator' })
}

async function listen(
  app: Awaited<ReturnType<typeof createApp>>,
  { host, port }: ConsoleOptions['listen'],
): Promise<number> {
  try {
    await app.listen({ host, port })
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    const why =
      code === 'EADDRINUSE'
        ? 'something else listens there'
        : code === 'EACCES'
          ? 'this user may not use that port'
          : String(cause)
    throw new ConsoleError('ListenFailed', `the console cannot listen on ${host}:${port}: ${why}`, {
      cause,
      remedy: 'Choose another address with --console-listen HOST:PORT.',
    })
  }
  const address = app.server.address()
  return typeof address === 'object' && address !== null ? address.port : port
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)
}

/** What people may type to get here. */
function namesOf(host: string): string[] {
  if (isLoopback(host)) return ['127.0.0.1', 'localhost', '::1', host]
  if (host !== '0.0.0.0' && host !== '::') return [host]
  const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? [])
  // A link-local address has a zone in it, which no URL has.
  const usable = addresses.map(({ address }) => address).filter((address) => !address.startsWith('fe80'))
  return ['localhost', hostname(), ...usable]
}

function urlHost(host: string): string {
  const named = host === '0.0.0.0' || host === '::' ? hostname() : host
  return isIP(named) === 6 ? `[${named}]` : named
}

function notYet(): never {
  throw new ConsoleError('Unavailable', 'the console is starting')
}
