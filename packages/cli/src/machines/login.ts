/** Who may log in to a new machine: keys, account and password from options and from the person's own ~/.ssh. */

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '@berth/base'
import type { CommandContext } from '../context.ts'
import { CliError } from '../failure.ts'
import type { Input } from '../input.ts'

/** KubeVirt refuses more inline; larger user data belongs into a secret. */
const maxUserDataBytes = 2048 * 8

/** cloud-init user data for the options of `vm create`. */
export async function loginOf(input: Input, context: CommandContext): Promise<string> {
  const file = input.text('cloudInit')
  const user = input.text('user')
  const password = input.text('password')
  const keyFile = input.text('sshKey')
  if (file !== undefined) {
    if (password !== undefined || keyFile !== undefined) {
      throw new CliError('Usage', '--cloud-init replaces --ssh-key and --password', {
        remedy: 'Put them into the file.',
      })
    }
    return readUserData(file)
  }
  const sshKeys = keyFile === undefined ? await ownKeys(context.homeDirectory) : [await readKey(keyFile)]
  if (sshKeys.length === 0 && password === undefined) {
    context.terminal.stderr.write('note: no SSH key in ~/.ssh and no --password: nobody will be able to log in\n')
  }
  const { cloudConfig } = await import('@berth/view')
  return cloudConfig({
    sshKeys,
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
  })
}

async function readUserData(file: string): Promise<string> {
  const text = await read(file, '--cloud-init')
  if (Buffer.byteLength(text) > maxUserDataBytes) {
    throw new CliError('Usage', `${file} is larger than ${maxUserDataBytes} bytes, too large for inline user data`, {
      remedy: 'Put it into a secret and name that in a manifest (cloudInitNoCloud.secretRef).',
    })
  }
  return text
}

async function readKey(file: string): Promise<string> {
  const key = (await read(file, '--ssh-key')).trim()
  if (key.startsWith('-----BEGIN')) {
    throw new CliError('Usage', `${file} is a private key`, { remedy: `Give the public one: ${file}.pub` })
  }
  if (!/^(ssh-|ecdsa-|sk-)\S+ \S+/.test(key)) throw new CliError('Usage', `${file} has no SSH public key`)
  return key
}

async function read(file: string, option: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new CliError('Usage', `${option}: cannot read ${file}: ${messageOf(cause)}`, { cause })
  }
}

/** All public keys that ssh itself would offer by default. */
async function ownKeys(homeDirectory: string): Promise<string[]> {
  const folder = join(homeDirectory, '.ssh')
  let names: string[]
  try {
    names = await readdir(folder)
  } catch {
    return [] // no folder: no keys
  }
  const files = names.filter((name) => /^id_\w+\.pub$/.test(name)).sort()
  return Promise.all(files.map((name) => readKey(join(folder, name))))
}
