/** Who is signed in. Sessions live here and on disk, never in the cookie: any of them can be ended at any time. */

import { createHmac, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { messageOf, type Clock, type Logger } from '@berth/base'
import type { Identity } from '../clusters/cluster.ts'
import { jsonFilesIn, makePrivateFolder, readJsonFile, removeFile, writeJsonFile } from '../files/private-files.ts'
import { accountRoles, type Account, type Accounts } from '../sign-in/accounts.ts'
import { seal, unseal } from './seal.ts'
import { isSessionFile, sessionFileName, type SessionFile, type Who } from './session-file.ts'
import type { Session } from './session.ts'

/** Nothing asked for this long ends a session. */
const idleMs = 24 * 3_600_000
/** No session is longer. */
const absoluteMs = 7 * 24 * 3_600_000
/** How soon a change made elsewhere (a user removed on the command line) reaches open sessions. */
const sweepMs = 2_000
const writeUsedMs = 60_000
/** Of one person; beginning one more ends the one that was used least lately. */
const maxPerOwner = 50
const maxSessions = 10_000
const idBytes = 32

export interface SessionRules {
  /** Who one is at each cluster, by its id. */
  identities(who: Who, token: string | undefined, account: Account | undefined): ReadonlyMap<string, Identity>
}

export interface LiveSession extends Session {
  readonly who: Who
  /** As the server of the API knows them. */
  readonly user: string
  readonly csrf: string
  /** The local user it belongs to. */
  readonly account: Account | undefined
}

export interface ListedSession {
  /** Says nothing of the cookie: safe to show. */
  id: string
  owner: string
  user: string
  createdMs: number
  usedMs: number
}

export interface Sessions {
  /**
   * @param proof.token the person's own, for `who.kind` token
   * @param proof.account as it was when they proved to be it: when it has changed since, the session is over as it begins
   */
  begin(who: Who, proof?: { token?: string; account?: Account }): Promise<{ id: string; session: LiveSession }>
  /** Undefined for an id that is unknown, ended or too old. */
  find(id: string): Promise<LiveSession | undefined>
  /** Somebody is there: the idle time starts anew. */
  touch(session: Session): void
  end(session: Session): Promise<void>
  /** All that are not over, the ones used last first. */
  list(): Promise<ListedSession[]>
  /** One of the list, by its `id` there. @returns whether it was there */
  endListed(id: string): Promise<boolean>
  /** Ends at once what is over since a user was changed; otherwise that takes a moment. */
  review(): Promise<void>
  close(): Promise<void>
}

interface Open {
  session: LiveSession
  file: SessionFile
  end: AbortController
  writtenMs: number
  /** Of its last uses, one after another. Never rejects. */
  writing: Promise<void>
}

export async function openSessions(options: {
  dataDirectory: string
  accounts: Accounts
  clock: Clock
  logger: Logger
  rules: SessionRules
}): Promise<Sessions> {
  const { accounts, clock, logger, rules } = options
  const folder = join(options.dataDirectory, 'sessions')
  await makePrivateFolder(folder)
  /** By name of the file. */
  const open = new Map<string, Open>()
  const names = new WeakMap<Session, string>()
  /** Several requests of one browser find their session together. */
  const opening = new Map<string, Promise<LiveSession | undefined>>()
  const nowMs = (): number => clock.now().getTime()
  const pathOf = (name: string): string => join(folder, `${name}.json`)

  function isOver(file: SessionFile, account: Account | undefined): boolean {
    const now = nowMs()
    if (now - file.usedMs > idleMs || now - file.createdMs > absoluteMs) return true
    if (file.who.kind !== 'account') return false
    if (account === undefined) return true
    return file.accountMs === undefined
      ? file.createdMs < account.sessionsAfterMs
      : file.accountMs !== account.sessionsAfterMs
  }

  async function accountOf(who: Who): Promise<Account | undefined> {
    return who.kind === 'account' ? accounts.get(who.name) : undefined
  }

  function hold(id: string, file: SessionFile, parts: { token?: string; account: Account | undefined }): LiveSession {
    const name = sessionFileName(id)
    const { who } = file
    const end = new AbortController()
    const session: LiveSession = {
      id: listedId(name),
      who,
      ...nameOf(who),
      identities: rules.identities(who, parts.token, parts.account),
      admin: parts.account?.role === 'administrator',
      account: parts.account,
      signal: end.signal,
      csrf: createHmac('sha256', id).update('csrf').digest('base64url'),
    }
    open.set(name, { session, file, end, writtenMs: file.usedMs, writing: Promise.resolve() })
    names.set(session, name)
    return session
  }

  async function load(id: string): Promise<LiveSession | undefined> {
    const name = sessionFileName(id)
    const file = await readJsonFile(pathOf(name))
    if (!isSessionFile(file)) return undefined
    const account = await accountOf(file.who)
    const token = file.sealed === undefined ? undefined : unseal(file.sealed, id)
    if (isOver(file, account) || (file.who.kind === 'token' && token === undefined)) {
      await removeFile(pathOf(name))
      return undefined
    }
    return hold(id, file, { account, ...(token === undefined ? {} : { token }) })
  }

  async function endNamed(name: string): Promise<void> {
    const held = open.get(name)
    open.delete(name)
    held?.end.abort()
    // A write that is under way would bring the session back.
    await held?.writing
    await removeFile(pathOf(name))
  }

  /** Those that are over are put away. */
  async function current(): Promise<{ name: string; file: SessionFile }[]> {
    const files: { name: string; file: SessionFile }[] = []
    for (const name of await jsonFilesIn(folder)) {
      const file = open.get(name)?.file ?? (await readJsonFile(pathOf(name)))
      if (isSessionFile(file) && !isOver(file, await accountOf(file.who))) files.push({ name, file })
      else await endNamed(name)
    }
    return files
  }

  /** Sessions of the same person beyond the bound go. */
  async function makeRoom(who: Who): Promise<void> {
    const owner = nameOf(who).owner
    const files = await current()
    const byUse = (all: typeof files): typeof files => all.toSorted((a, b) => a.file.usedMs - b.file.usedMs)
    const theirs = byUse(files.filter(({ file }) => nameOf(file.who).owner === owner))
    for (const { name } of theirs.slice(0, Math.max(0, theirs.length - maxPerOwner + 1))) await endNamed(name)
    for (const { name } of byUse(files).slice(0, Math.max(0, files.length - maxSessions + 1))) await endNamed(name)
  }

  async function sweep(): Promise<void> {
    const present = new Set(await jsonFilesIn(folder))
    const known = new Map<string, Promise<Account | undefined>>()
    for (const [name, { file }] of open) {
      const { who } = file
      let account: Account | undefined
      if (who.kind === 'account') {
        const asked = known.get(who.name) ?? accounts.get(who.name)
        known.set(who.name, asked)
        account = await asked
      }
      if (!present.has(name) || isOver(file, account)) await endNamed(name)
    }
  }

  async function writeUsed(name: string, held: Open): Promise<void> {
    // An ended session does not come back.
    if (open.get(name) === held) await writeJsonFile(pathOf(name), held.file)
  }

  let closed = false
  let cancel = (): void => {}
  const schedule = (): void => {
    cancel = clock.after(sweepMs, () => {
      sweep()
        .catch((error: unknown) => logger.error({ error: messageOf(error) }, 'sessions could not be looked through'))
        .finally(() => {
          if (!closed) schedule()
        })
    })
  }
  schedule()

  return {
    async begin(who, { token, account } = {}) {
      await makeRoom(who)
      const id = randomBytes(idBytes).toString('base64url')
      const now = nowMs()
      const file: SessionFile = { who, createdMs: now, usedMs: now }
      if (account !== undefined) file.accountMs = account.sessionsAfterMs
      if (token !== undefined) file.sealed = seal(token, id)
      await writeJsonFile(pathOf(sessionFileName(id)), file)
      return {
        id,
        session: hold(id, file, {
          account: account ?? (await accountOf(who)),
          ...(token === undefined ? {} : { token }),
        }),
      }
    },

    async find(id) {
      const name = sessionFileName(id)
      const held = open.get(name)
      if (held !== undefined) {
        if (!isOver(held.file, held.session.account)) return held.session
        await endNamed(name)
        return undefined
      }
      const waiting = opening.get(name) ?? load(id).finally(() => opening.delete(name))
      opening.set(name, waiting)
      return waiting
    },

    touch(session) {
      const name = names.get(session)
      const held = name === undefined ? undefined : open.get(name)
      if (name === undefined || held === undefined) return
      held.file.usedMs = nowMs()
      if (held.file.usedMs - held.writtenMs < writeUsedMs) return
      held.writtenMs = held.file.usedMs
      held.writing = held.writing
        .then(() => writeUsed(name, held))
        .catch((error: unknown) =>
          logger.warn({ error: messageOf(error), session: session.id }, 'the last use of a session was not kept'),
        )
    },

    async end(session) {
      const name = names.get(session)
      if (name !== undefined) await endNamed(name)
    },

    async list() {
      const files = await current()
      return files
        .map(({ name, file: { who, createdMs, usedMs } }) => {
          const { owner, user } = nameOf(who)
          return { id: listedId(name), owner, user, createdMs, usedMs }
        })
        .toSorted((one, other) => other.usedMs - one.usedMs)
    },

    async endListed(id) {
      const name = (await jsonFilesIn(folder)).find((each) => listedId(each) === id)
      if (name !== undefined) await endNamed(name)
      return name !== undefined
    },

    review: sweep,

    async close() {
      closed = true
      cancel()
      const held = [...open.values()]
      for (const { end } of held) end.abort()
      open.clear()
      await Promise.all(held.map(({ writing }) => writing))
    },
  }
}

/** A part of the hash of the cookie's value. */
function listedId(fileName: string): string {
  return fileName.slice(0, 12)
}

function nameOf(who: Who): { owner: string; displayName: string; user: string } {
  switch (who.kind) {
    case 'account':
      return { owner: `local:${who.name}`, displayName: who.name, user: `local:${who.name}` }
    case 'owner':
      return { owner: 'owner', displayName: 'You', user: 'owner' }
    case 'token':
      return { owner: `token:${who.cluster}:${who.user}`, displayName: who.user, user: who.user }
  }
}

/** Whom a local user is impersonated as. */
export function identityOfAccount(account: Account): Identity {
  return { kind: 'impersonated', user: `local:${account.name}`, groups: [accountRoles[account.role]] }
}
