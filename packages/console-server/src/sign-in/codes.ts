/**
 * One-time codes. Whoever may write in the console's private folder may make one: a code is a file named by its hash, and using it is
 * removing the file, which succeeds for exactly one of several at once. So a link works whether or not a server runs when it is made.
 */

import { createHash, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { createJsonFile, jsonFilesIn, makePrivateFolder, readJsonFile, removeFile } from '../files/private-files.ts'

/** Long enough to walk to another machine with it, short enough for a terminal's scroll-back. */
export const codeLifeMs = 60 * 60_000
const codeBytes = 24

export interface CodeFile {
  /** Local account it signs in as; undefined signs in as whoever runs the console. */
  account?: string
  expiresMs: number
}

export async function makeCode(
  dataDirectory: string,
  { account, nowMs }: { account?: string; nowMs: number },
): Promise<string> {
  const folder = codeFolder(dataDirectory)
  await makePrivateFolder(folder)
  await forgetOldCodes(folder, nowMs)
  const code = randomBytes(codeBytes).toString('base64url')
  const content: CodeFile = { expiresMs: nowMs + codeLifeMs, ...(account === undefined ? {} : { account }) }
  await createJsonFile(fileOf(folder, code), content)
  return code
}

/** A fragment is never sent: the code is in no log of a server or a proxy. @param url without a slash at the end */
export function linkWith(url: string, code: string): string {
  return `${url}/sign-in#code=${code}`
}

/** Uses a code up. Undefined when it is unknown, used or too old. */
export async function takeCode(
  dataDirectory: string,
  { code, nowMs }: { code: string; nowMs: number },
): Promise<CodeFile | undefined> {
  const file = fileOf(codeFolder(dataDirectory), code)
  const content = await readJsonFile(file)
  if (!isCodeFile(content) || !(await removeFile(file))) return undefined
  return content.expiresMs > nowMs ? content : undefined
}

/** Removes every code that signs in as this account. */
export async function revokeCodes(dataDirectory: string, account: string): Promise<void> {
  const folder = codeFolder(dataDirectory)
  for (const name of await jsonFilesIn(folder)) {
    const file = join(folder, `${name}.json`)
    const content = await readJsonFile(file)
    if (isCodeFile(content) && content.account === account) await removeFile(file)
  }
}

async function forgetOldCodes(folder: string, nowMs: number): Promise<void> {
  for (const name of await jsonFilesIn(folder)) {
    const file = join(folder, `${name}.json`)
    const content = await readJsonFile(file)
    if (!isCodeFile(content) || content.expiresMs <= nowMs) await removeFile(file)
  }
}

function codeFolder(dataDirectory: string): string {
  return join(dataDirectory, 'codes')
}

/** The hash keeps names of files out of the reach of what is typed, and codes out of the reach of who lists the folder. */
function fileOf(folder: string, code: string): string {
  return join(folder, `${createHash('sha256').update(code).digest('hex')}.json`)
}

function isCodeFile(value: unknown): value is CodeFile {
  return (
    typeof value === 'object' &&
    value !== null &&
    'expiresMs' in value &&
    typeof value.expiresMs === 'number' &&
    (!('account' in value) || typeof value.account === 'string')
  )
}
