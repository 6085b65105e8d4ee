/**
 * Local users: one file each, so that the command line and a running server never overwrite each other's changes. At the cluster a local
 * user is `local:<name>`, in the group of the role.
 */

import { join } from 'node:path'
import { ConsoleError } from '../errors.ts'
import {
  createJsonFile,
  jsonFilesIn,
  makePrivateFolder,
  readJsonFile,
  removeFile,
  writeJsonFile,
} from '../files/private-files.ts'
import { revokeCodes } from './codes.ts'
import { checkPassword, hashPassword, isPasswordHash, type PasswordHash } from './passwords.ts'

/** Roles with the group of each: the engine binds exactly these, and lets the console impersonate no others. */
export const accountRoles = {
  administrator: 'berth:administrators',
  operator: 'berth:operators',
  viewer: 'berth:viewers',
} as const

export type AccountRole = keyof typeof accountRoles

export interface Account {
  name: string
  role: AccountRole
  password?: PasswordHash
  /** Sessions that began before this moment are over: password or role changed. Milliseconds since 1970. */
  sessionsAfterMs: number
  createdMs: number
}

/** The one that the first link signs in as. */
export const firstAccount = 'admin'

const maxAccounts = 1000
const namePattern = /^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$/

export function isAccountRole(value: unknown): value is AccountRole {
  return typeof value === 'string' && Object.hasOwn(accountRoles, value)
}

export interface Accounts {
  get(name: string): Promise<Account | undefined>
  list(): Promise<Account[]>
  /** @throws {ConsoleError} BadRequest, Conflict */
  add(options: { name: string; role: AccountRole; password?: string }): Promise<Account>
  /** Ends the account's sessions. @throws {ConsoleError} NotFound, BadRequest */
  setPassword(name: string, password: string): Promise<Account>
  /** @throws {ConsoleError} NotFound, Conflict for the last administrator */
  setRole(name: string, role: AccountRole): Promise<Account>
  /** @throws {ConsoleError} NotFound, Conflict for the last administrator */
  remove(name: string): Promise<void>
}

export function openAccounts(dataDirectory: string, now: () => number): Accounts {
  const folder = join(dataDirectory, 'accounts')
  const fileOf = (name: string): string => join(folder, `${name}.json`)

  async function get(name: string): Promise<Account | undefined> {
    // Also what keeps names from becoming other paths.
    if (!namePattern.test(name)) return undefined
    const content = await readJsonFile(fileOf(name))
    return isAccount(content) && content.name === name ? content : undefined
  }

  async function list(): Promise<Account[]> {
    const found = await Promise.all((await jsonFilesIn(folder)).toSorted().map(get))
    return found.filter((account) => account !== undefined)
  }

  async function known(name: string): Promise<Account> {
    const account = await get(name)
    if (account === undefined) {
      throw new ConsoleError('NotFound', `there is no user "${name}"`, { remedy: 'See `berth user list`.' })
    }
    return account
  }

  /** No two states of an account have the same moment. */
  const later = ({ sessionsAfterMs }: Account): number => Math.max(now(), sessionsAfterMs + 1)

  async function keepAnAdministrator(account: Account): Promise<void> {
    if (account.role !== 'administrator') return
    const others = (await list()).filter(({ name, role }) => role === 'administrator' && name !== account.name)
    if (others.length > 0) return
    throw new ConsoleError('Conflict', `"${account.name}" is the last administrator`, {
      remedy: 'Make somebody else an administrator first.',
    })
  }

  return {
    get,
    list,
    async add({ name, role, password }) {
      if (!namePattern.test(name)) {
        throw new ConsoleError(
          'BadRequest',
          `name: ${JSON.stringify(name)} is no user name; it has at most 63 small letters, digits, ".", "_" or "-", and begins and ends with a letter or digit`,
        )
      }
      if (password !== undefined) checkPassword(password)
      await makePrivateFolder(folder)
      if ((await jsonFilesIn(folder)).length >= maxAccounts) {
        throw new ConsoleError('TooLarge', `there are ${maxAccounts} users already`)
      }
      const nowMs = now()
      const account: Account = {
        name,
        role,
        createdMs: nowMs,
        // An earlier user of that name may have left sessions.
        sessionsAfterMs: nowMs,
        ...(password === undefined ? {} : { password: await hashPassword(password) }),
      }
      if (await createJsonFile(fileOf(name), account)) return account
      throw new ConsoleError('Conflict', `there is a user "${name}" already`)
    },
    async setPassword(name, password) {
      checkPassword(password)
      const account = await known(name)
      const hash = await hashPassword(password)
      const changed = { ...account, password: hash, sessionsAfterMs: later(account) }
      await writeJsonFile(fileOf(name), changed)
      await revokeCodes(dataDirectory, name)
      return changed
    },
    async setRole(name, role) {
      const account = await known(name)
      if (role === account.role) return account
      if (role !== 'administrator') await keepAnAdministrator(account)
      const changed = { ...account, role, sessionsAfterMs: later(account) }
      await writeJsonFile(fileOf(name), changed)
      return changed
    },
    async remove(name) {
      const account = await known(name)
      await keepAnAdministrator(account)
      await removeFile(fileOf(name))
      await revokeCodes(dataDirectory, name)
    },
  }
}

function isAccount(value: unknown): value is Account {
  if (typeof value !== 'object' || value === null) return false
  const { name, role, password, sessionsAfterMs, createdMs } = value as Record<string, unknown>
  return (
    typeof name === 'string' &&
    isAccountRole(role) &&
    (password === undefined || isPasswordHash(password)) &&
    typeof sessionsAfterMs === 'number' &&
    typeof createdMs === 'number'
  )
}
