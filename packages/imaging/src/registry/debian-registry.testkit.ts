/** For tests: a real registry (Debian's docker-registry) on the loopback interface, and a client that pushes to it. */

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { TestImage } from '../oci/image.testkit.ts'
import { findRegistryProgram } from './registry-program.testkit.ts'

const found = await findRegistryProgram()
/** Why tests that need a registry are skipped; undefined when there is one. */
export const noDebianRegistry = 'missing' in found ? found.missing : undefined

/** Password `secret` of the user `berth`, as htpasswd -B writes it. */
const htpasswd = 'berth:$2b$04$lmBnCZRdr6r.I.wswfOL6.I2/u03LP7ssevffH/hxSX35cXfX6tEG\n'

export interface DebianRegistry {
  /** `127.0.0.1:PORT` */
  host: string
  /** Pushes under a tag. */
  push(repository: string, tag: string, image: TestImage): Promise<void>
  /** Pushes an index of images by `os/architecture`. */
  pushManifest(repository: string, reference: string, mediaType: string, manifest: Buffer): Promise<void>
  /** Lines of the access log: what clients asked for. */
  requests(): string[]
  stop(): Promise<void>
}

export async function startDebianRegistry(
  directory: string,
  options: {
    password?: boolean
    /** Files. Nothing can be pushed to such a registry: give it the data of another. */
    tls?: { certificate: string; key: string }
    /** The `directory` of a registry whose images this one serves too. */
    like?: string
  } = {},
): Promise<DebianRegistry> {
  if ('missing' in found) throw new Error(found.missing)
  await mkdir(directory, { recursive: true })
  const { tls } = options
  const port = await freePort()
  const configuration = {
    version: 0.1,
    log: { level: 'info', formatter: 'json' },
    storage: { filesystem: { rootdirectory: join(options.like ?? directory, 'data') } },
    http: { addr: `127.0.0.1:${port}`, secret: 'test', ...(tls === undefined ? {} : { tls }) },
    ...(options.password === true ? { auth: { htpasswd: { realm: 'test', path: join(directory, 'htpasswd') } } } : {}),
  }
  await writeFile(join(directory, 'htpasswd'), htpasswd)
  // JSON is YAML.
  await writeFile(join(directory, 'config.yml'), JSON.stringify(configuration))
  const child = spawn(found.program, ['serve', join(directory, 'config.yml')], { stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  child.stdout.on('data', (chunk: Buffer) => (log += chunk.toString('utf8')))
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString('utf8')))
  const base = `http://127.0.0.1:${port}/v2/`
  await listens(port, child, () => log)
  const authorization: Record<string, string> =
    options.password === true ? { authorization: `Basic ${Buffer.from('berth:secret').toString('base64')}` } : {}

  const send = async (method: string, url: string, type?: string, body?: Buffer): Promise<Response> => {
    const response = await fetch(url, {
      method,
      headers: { ...authorization, ...(type === undefined ? {} : { 'content-type': type }) },
      ...(body === undefined ? {} : { body: new Uint8Array(body) }),
    })
    if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`)
    return response
  }
  const pushManifest: DebianRegistry['pushManifest'] = async (repository, reference, mediaType, manifest) => {
    await send('PUT', `${base}${repository}/manifests/${reference}`, mediaType, manifest)
  }
  return {
    host: `127.0.0.1:${port}`,
    pushManifest,
    async push(repository, tag, image) {
      for (const [digest, content] of image.blobs) {
        const begun = await send('POST', `${base}${repository}/blobs/uploads/`)
        const location = new URL(begun.headers.get('location') ?? '', base)
        location.searchParams.set('digest', digest)
        await send('PUT', location.href, 'application/octet-stream', content)
      }
      const { mediaType } = JSON.parse(image.manifest.toString('utf8')) as { mediaType: string }
      await pushManifest(repository, tag, mediaType, image.manifest)
    },
    requests: () =>
      log
        .split('\n')
        .flatMap(
          (line) =>
            /"http\.request\.method":"(?:GET|HEAD)".*"http\.request\.uri":"([^"]*)".*response completed/.exec(
              line,
            )?.[1] ?? [],
        ),
    async stop() {
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.kill()
      await gone
      await rm(directory, { recursive: true, force: true })
    },
  }
}

async function listens(port: number, child: ChildProcess, log: () => string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (child.exitCode !== null) throw new Error(`the registry ended: ${log()}`)
    const there = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true))
      socket.once('error', () => resolve(false))
      socket.once('connect', () => socket.destroy())
    })
    if (there) return
    await wait(50)
  }
  throw new Error(`the registry does not listen: ${log()}`)
}

async function freePort(): Promise<number> {
  for (;;) {
    // Below what the kernel gives to those who name none (32768 to 60999): nobody gets it before the registry.
    const port = 20_000 + Math.floor(Math.random() * 10_000)
    const server = createServer().listen(port, '127.0.0.1')
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    )
    if (!isFree) continue
    server.close()
    await once(server, 'close')
    return port
  }
}
