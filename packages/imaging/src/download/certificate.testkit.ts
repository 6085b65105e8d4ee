/** For tests: a certificate signed by itself, made by openssl. */

import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

export async function testCertificate(directory: string, name: string): Promise<{ certificate: string; key: string }> {
  const [keyFile, file] = [join(directory, `${randomUUID()}.key`), join(directory, `${randomUUID()}.pem`)]
  const kind = '-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2'.split(' ')
  const names = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`]
  await promisify(execFile)('openssl', ['req', ...kind, ...names, '-keyout', keyFile, '-out', file])
  return { certificate: await readFile(file, 'utf8'), key: await readFile(keyFile, 'utf8') }
}
