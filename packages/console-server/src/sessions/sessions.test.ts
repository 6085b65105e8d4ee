import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '@berth/base'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openAccounts, type Accounts } from '../sign-in/accounts.ts'
import { openSessions, type Sessions } from './sessions.ts'
import type { Who } from './session-file.ts'

const hourMs = 3_600_000
let nowMs = 0
/** Nothing happens by itself: tests call `review`, which is what the timer does. */
const clock = { now: () => new Date(nowMs), after: () => () => {} }
const ann: Who = { kind: 'account', name: 'ann' }
let root = ''
let accounts: Accounts
let sessions: Sessions

async function open(): Promise<Sessions> {
  const rules = { identities: () => new Map() }
  return openSessions({ dataDirectory: root, accounts, clock, logger: silentLogger, rules })
}

beforeEach(async () => {
  nowMs = 1_800_000_000_000
  root = await mkdtemp(join(tmpdir(), 'berth-sessions-'))
  accounts = openAccounts(root, () => nowMs)
  await accounts.add({ name: 'ann', role: 'viewer' })
  await accounts.add({ name: 'root', role: 'administrator' })
  sessions = await open()
})
afterEach(async () => {
  await sessions.close()
  await rm(root, { recursive: true, force: true })
})

it('ends a session that nobody used for a day', async () => {
  const { id, session } = await sessions.begin(ann)
  nowMs += 23 * hourMs
  sessions.touch(session)
  nowMs += 23 * hourMs
  expect(await sessions.find(id)).toBe(session)
  nowMs += 2 * hourMs
  expect(await sessions.find(id)).toBeUndefined()
  expect(session.signal.aborted).toBe(true)
})

it('ends every session after a week', async () => {
  const { id, session } = await sessions.begin(ann)
  for (let hour = 0; hour < 7 * 24; hour += 12) {
    sessions.touch(session)
    expect(await sessions.find(id)).toBe(session)
    nowMs += 12 * hourMs
  }
  nowMs += 1
  expect(await sessions.find(id)).toBeUndefined()
})

it('gives each session its own secret, and finds it again after a restart', async () => {
  const [one, two] = [await sessions.begin(ann), await sessions.begin(ann)]
  expect(one.session.csrf).not.toBe(two.session.csrf)
  await sessions.close()
  expect(one.session.signal.aborted).toBe(true)
  sessions = await open()
  const found = await Promise.all([sessions.find(one.id), sessions.find(one.id)])
  expect(found[0]).toBe(found[1])
  expect(found[0]?.csrf).toBe(one.session.csrf)
  expect(await sessions.find('made up')).toBeUndefined()
})

it.each<[string, () => Promise<unknown>]>([
  ['is removed', () => accounts.remove('ann')],
  ['gets another role', () => accounts.setRole('ann', 'operator')],
  [
    'is removed and made again',
    async () => {
      await accounts.remove('ann')
      nowMs += 1
      await accounts.add({ name: 'ann', role: 'viewer' })
    },
  ],
])('ends the sessions of a user that %s, and no others', async (_, change) => {
  const [theirs, other] = [await sessions.begin(ann), await sessions.begin({ kind: 'account', name: 'root' })]
  nowMs += 1
  await change()
  await sessions.review()
  expect([theirs.session.signal.aborted, other.session.signal.aborted]).toEqual([true, false])
  expect(await sessions.find(theirs.id)).toBeUndefined()
})

it('ends a session whose file somebody removed', async () => {
  const { session } = await sessions.begin(ann)
  for (const name of await readdir(join(root, 'sessions'))) await rm(join(root, 'sessions', name))
  await sessions.review()
  expect(session.signal.aborted).toBe(true)
})

it('keeps fifty of one person, and leaves those of others alone', async () => {
  const other = await sessions.begin({ kind: 'account', name: 'root' })
  const begun = []
  for (let count = 0; count < 52; count++) {
    nowMs += 1000
    begun.push(await sessions.begin(ann))
  }
  expect(begun.map(({ session }) => session.signal.aborted)).toEqual([
    true,
    true,
    ...Array.from({ length: 50 }, () => false),
  ])
  expect(other.session.signal.aborted).toBe(false)
})

it('forgets a token that it cannot open', async () => {
  const who: Who = { kind: 'token', user: 'robot', cluster: 'local' }
  const { id } = await sessions.begin(who, { token: 'secret' })
  await sessions.close()
  sessions = await open()
  expect((await sessions.find(id))?.who).toEqual(who)
})

it('lists who is signed in, over a restart, and ends one of them', async () => {
  const old = await sessions.begin(ann)
  nowMs += hourMs
  const other = await sessions.begin({ kind: 'owner' })
  await sessions.close()
  sessions = await open()
  const listed = await sessions.list()
  expect(listed.map(({ user, usedMs }) => [user, nowMs - usedMs])).toEqual([
    ['owner', 0],
    ['local:ann', hourMs],
  ])
  const found = await sessions.find(old.id)
  expect(JSON.stringify(listed)).not.toContain(old.id)
  expect(await sessions.endListed(listed[1]?.id ?? '')).toBe(true)
  expect(found?.signal.aborted).toBe(true)
  expect(await sessions.find(old.id)).toBeUndefined()
  expect(await sessions.find(other.id)).toBeDefined()
  expect(await sessions.endListed(listed[1]?.id ?? '')).toBe(false)
  nowMs += 25 * hourMs
  expect(await sessions.list()).toEqual([])
})
