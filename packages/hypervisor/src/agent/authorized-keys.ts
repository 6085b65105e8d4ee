/** Writes a user's authorized_keys through an agent that has no command for it. */

import { posix } from 'node:path'
import { DriverError } from '../driver.ts'
import type { GuestCommand, GuestCommandResult } from '../guest-agent.ts'
import { readNumber, readRecord } from '../wire.ts'

export interface WriteKeysRequest {
  user: string
  keys: readonly string[]
  ask(this: void, command: string, args: Record<string, unknown>): Promise<unknown>
  run(this: void, command: GuestCommand): Promise<GuestCommandResult>
}

const timeoutMs = 10_000

/** @throws {DriverError} Refused when the guest does not know the user, or does not let the file be written */
export async function writeAuthorizedKeys({ user, keys, ask, run }: WriteKeysRequest): Promise<void> {
  const must = async (path: string, ...args: string[]): Promise<string> => {
    const { exitCode, output, errorOutput } = await run({ path, args, timeoutMs })
    if (exitCode === 0) return output
    throw new DriverError('Refused', `${path} failed in the guest (${exitCode}): ${errorOutput.slice(0, 200).trim()}`)
  }
  const home = homeOf(user, await must('getent', 'passwd', user))
  const folder = posix.join(home.path, '.ssh')
  const file = posix.join(folder, 'authorized_keys')
  await must('mkdir', '-p', folder)
  await must('chown', home.owner, folder)
  await must('chmod', '700', folder)
  await writeFile(ask, file, keys.map((key) => `${key}\n`).join(''))
  await must('chown', home.owner, file)
  await must('chmod', '600', file)
}

/** From a line of passwd(5). What a guest says of itself is its own business, but it must be a path. */
function homeOf(user: string, entry: string): { path: string; owner: string } {
  const [, , uid = '', gid = '', , path = ''] = entry.trim().split(':')
  if (path.startsWith('/') && /^\d+$/.test(uid) && /^\d+$/.test(gid)) return { path, owner: `${uid}:${gid}` }
  throw new DriverError('Refused', `unable to detect home directory of user ${user}`)
}

async function writeFile(ask: WriteKeysRequest['ask'], path: string, text: string): Promise<void> {
  const handle = readNumber(await ask('guest-file-open', { path, mode: 'w' }), 'guest-file-open')
  try {
    const bytes = Buffer.from(text, 'utf8')
    const answer = await ask('guest-file-write', { handle, 'buf-b64': bytes.toString('base64') })
    const written = readNumber(readRecord(answer, 'guest-file-write').count, 'guest-file-write.count')
    if (written < bytes.length) throw new DriverError('Refused', `${path} could not be written whole in the guest`)
  } finally {
    await ask('guest-file-close', { handle })
  }
}
