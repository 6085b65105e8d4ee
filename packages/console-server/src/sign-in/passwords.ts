/** Password hashes: argon2id with the parameters OWASP names first for it (19 MiB, two passes, one lane), a few at a time. */

import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { ConsoleError } from '../errors.ts'

/** Stored beside the hash, so that later versions may raise them. */
export interface PasswordHash {
  algorithm: 'argon2id'
  /** KiB. */
  memory: number
  passes: number
  /** base64 */
  salt: string
  hash: string
}

const memory = 19_456
const passes = 2
const tagLength = 32
/** Each takes 19 MiB and a thread of the pool that file access needs as well. */
const atOnce = 2
/** More waiting than this is no crowd but an attack. */
const maxWaiting = 32

export const minPasswordLength = 8
/** Longer ones cost time to hash and no one types them. */
export const maxPasswordLength = 256

let running = 0
const waiting: (() => void)[] = []

/** @throws {ConsoleError} BadRequest */
export function checkPassword(password: string): void {
  const { length } = password
  if (length >= minPasswordLength && length <= maxPasswordLength) return
  throw new ConsoleError(
    'BadRequest',
    `password: must have ${minPasswordLength} to ${maxPasswordLength} characters, and has ${length}`,
  )
}

export async function hashPassword(password: string): Promise<PasswordHash> {
  const salt = randomBytes(16)
  const hash = await derive({ password, salt, memory, passes })
  return { algorithm: 'argon2id', memory, passes, salt: salt.toString('base64'), hash: hash.toString('base64') }
}

/** Takes as long without a hash (an unknown account, one without a password) as with one. */
export async function verifyPassword(password: string, stored: PasswordHash | undefined): Promise<boolean> {
  if (password.length > maxPasswordLength) return false
  const salt = stored === undefined ? Buffer.alloc(16) : Buffer.from(stored.salt, 'base64')
  const derived = await derive({
    password,
    salt,
    memory: stored?.memory ?? memory,
    passes: stored?.passes ?? passes,
  })
  const expected = stored === undefined ? Buffer.alloc(tagLength) : Buffer.from(stored.hash, 'base64')
  return expected.length === derived.length && timingSafeEqual(expected, derived) && stored !== undefined
}

export function isPasswordHash(value: unknown): value is PasswordHash {
  if (typeof value !== 'object' || value === null) return false
  const { algorithm, memory, passes, salt, hash } = value as Record<string, unknown>
  return (
    algorithm === 'argon2id' &&
    typeof memory === 'number' &&
    typeof passes === 'number' &&
    typeof salt === 'string' &&
    typeof hash === 'string'
  )
}

async function derive(options: { password: string; salt: Buffer; memory: number; passes: number }): Promise<Buffer> {
  await turn()
  try {
    return await new Promise((resolve, reject) => {
      argon2(
        'argon2id',
        {
          message: options.password,
          nonce: options.salt,
          parallelism: 1,
          tagLength,
          memory: options.memory,
          passes: options.passes,
        },
        (error, key) => (error === null ? resolve(key) : reject(error)),
      )
    })
  } finally {
    const next = waiting.shift()
    if (next === undefined) running -= 1
    else next()
  }
}

function turn(): Promise<void> {
  if (running < atOnce) {
    running += 1
    return Promise.resolve()
  }
  if (waiting.length >= maxWaiting) {
    throw new ConsoleError('TooManyRequests', 'too many people sign in at once', { retryAfterSeconds: 2 })
  }
  // Its place is handed over by who ends.
  return new Promise((resolve) => waiting.push(resolve))
}
