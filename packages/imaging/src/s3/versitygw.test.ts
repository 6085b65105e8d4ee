/** A real S3 server: versitygw, where somebody has built it (`go install github.com/versity/versitygw/cmd/versitygw@v1.8.0`). */

import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findProgram } from '../run-process.ts'
import { testDirectory } from '../test-directory.testkit.ts'
import { downloadS3 } from './download-s3.ts'

const own = join(homedir(), 'go', 'bin', 'versitygw')
const program = findProgram('versitygw') ?? (existsSync(own) ? own : undefined)
const credentials = { accessKeyId: 'berth', secretAccessKey: 'a long secret' }
const content = Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => index % 251))

describe.skipIf(program === undefined)(
  `a real S3 server${program === undefined ? ': versitygw is not there' : ''}`,
  () => {
    const directory = testDirectory()
    const port = 20_000 + (process.pid % 10_000)
    const endpoint = `http://127.0.0.1:${port}`
    let server: ChildProcess | undefined

    beforeAll(async () => {
      const root = join(directory, 'root')
      await mkdir(join(root, 'images', 'folder'), { recursive: true })
      await writeFile(join(root, 'images', 'folder', 'disk (1) ü.img'), content)
      server = spawn(program ?? '', ['--port', `127.0.0.1:${port}`, 'posix', '--sidecar', await sidecar(), root], {
        env: { ...process.env, ROOT_ACCESS_KEY: credentials.accessKeyId, ROOT_SECRET_KEY: credentials.secretAccessKey },
        stdio: 'ignore',
      })
      for (let tries = 0; tries < 200 && !(await listens()); tries++) await wait(50)
    })

    afterAll(async () => {
      if (server === undefined) return
      const gone = new Promise((resolve) => server?.once('exit', resolve))
      server.kill('SIGKILL')
      await gone
    })

    const sidecar = async (): Promise<string> => {
      const folder = join(directory, 'sidecar')
      await mkdir(folder, { recursive: true })
      return folder
    }
    const listens = (): Promise<boolean> =>
      new Promise((resolve) => {
        const socket = connect(port, '127.0.0.1', () => resolve(true))
        socket.once('error', () => resolve(false))
        socket.once('connect', () => socket.destroy())
      })
    const url = `${endpoint}/images/folder/disk (1) ü.img`
    const target = (): string => join(directory, 'object')

    it('gives objects to who signs, whatever their name', async () => {
      await downloadS3({ url, target: target(), maxBytes: 10_000_000, credentials })
      expect((await readFile(target())).equals(content)).toBe(true)
    })

    it('refuses a wrong secret, and nobody', async () => {
      const wrong = { ...credentials, secretAccessKey: 'wrong' }
      for (const more of [{ credentials: wrong }, {}])
        await expect(downloadS3({ url, target: target(), maxBytes: 10_000_000, ...more })).rejects.toMatchObject({
          code: 'Refused',
        })
    })

    it('has no such object', async () => {
      const missing = downloadS3({ url: `${endpoint}/images/none`, target: target(), maxBytes: 100, credentials })
      await expect(missing).rejects.toMatchObject({ code: 'NotFound' })
    })
  },
)
