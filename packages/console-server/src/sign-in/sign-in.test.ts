import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '@berth/base'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sessionRules } from '../sessions/rules.ts'
import { openSessions, type Sessions } from '../sessions/sessions.ts'
import { openAccounts, type Accounts } from './accounts.ts'
import { makeCode } from './codes.ts'
import { signInDesk, type SignInDesk } from './sign-in.ts'

const here = '10.0.0.1'
const password = 'right horse battery'
let nowMs = 0
const clock = { now: () => new Date(nowMs), after: () => () => {} }

let dataDirectory: string
let accounts: Accounts
let sessions: Sessions
let desk: SignInDesk
beforeEach(async () => {
  nowMs = 1_000_000
  dataDirectory = await mkdtemp(join(tmpdir(), 'berth-sign-in-'))
  accounts = openAccounts(dataDirectory, () => nowMs)
  sessions = await openSessions({ dataDirectory, accounts, clock, logger: silentLogger, rules: sessionRules([]) })
  desk = signInDesk({ options: { signIn: 'engine', dataDirectory }, clusters: [], accounts, sessions, clock })
  await accounts.add({ name: 'ann', role: 'viewer', password })
})
afterEach(async () => {
  await sessions.close()
  await rm(dataDirectory, { recursive: true, force: true })
})

const guess = (code: string): Promise<unknown> => desk.signIn({ method: 'code', code }, here)

describe('a link', () => {
  it('signs in once, of many at the same moment', async () => {
    const code = await makeCode(dataDirectory, { account: 'ann', nowMs })
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => guess(code)))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  it('signs in whoever else guesses at the same address', async () => {
    for (let count = 0; count < 20; count++) await expect(guess(`wrong ${count}`)).rejects.toThrow('used already')
    await expect(guess('wrong again')).rejects.toMatchObject({ code: 'TooManyRequests' })
    const code = await makeCode(dataDirectory, { account: 'ann', nowMs })
    await expect(guess(code)).resolves.toMatchObject({ session: { owner: 'local:ann' } })
  })

  it('is no path to another file', async () => {
    await expect(guess('../accounts/ann')).rejects.toMatchObject({ code: 'Unauthorized' })
  })
})

describe('a password', () => {
  it('that is changed while it is looked at signs nobody in', async () => {
    const asked = desk.signIn({ method: 'password', user: 'ann', password }, here)
    nowMs += 1
    const changed = accounts.setPassword('ann', 'another horse battery')
    const outcome = await asked.then(
      async ({ id }) => {
        await changed
        await sessions.review()
        return sessions.find(id)
      },
      () => undefined,
    )
    await changed
    expect(outcome).toBeUndefined()
  })

  it('that is wrong is told from no user by nothing', async () => {
    const refusals = ['ann', 'nobody', '../ann', '__proto__', ''].map((user) =>
      desk.signIn({ method: 'password', user, password: 'wrong horse battery' }, here).then(
        () => 'signed in',
        (error: unknown) => String(error),
      ),
    )
    expect(new Set(await Promise.all(refusals)).size).toBe(1)
  })
})
