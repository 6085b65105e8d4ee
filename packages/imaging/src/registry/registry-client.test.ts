import { readFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ImagingError } from '../errors.ts'
import { imageOf, rawDisk, type TestImage } from '../oci/image.testkit.ts'
import { parseManifest, type Descriptor } from '../oci/manifest.ts'
import { parseReference } from '../oci/reference.ts'
import { testDirectory } from '../test-directory.testkit.ts'
import { startFaultyRegistry, type Fault, type FaultyRegistry } from './faulty-registry.testkit.ts'
import { registryUrl } from './registry-address.ts'
import { RegistryClient, type RegistryClientOptions } from './registry-client.ts'
import { authorize } from './token.ts'

const directory = testDirectory()
const credentials = { username: 'me', password: 'secret' }
const basic = `Basic ${Buffer.from('me:secret').toString('base64')}`

describe('RegistryClient', () => {
  let image: TestImage
  let layer: Descriptor
  let content: Buffer
  const open: FaultyRegistry[] = []
  let targets = 0

  beforeAll(async () => {
    image = await imageOf(
      [[{ name: 'disk/a', content: rawDisk('a', 400_000).map((_, index) => (index * 7919) % 251) }]],
      'plain',
    )
    const manifest = parseManifest(image.manifest, 'it')
    if (manifest.kind !== 'image' || manifest.layers[0] === undefined) throw new Error('an image has a layer')
    layer = manifest.layers[0]
    content = image.blobs.get(layer.digest) ?? Buffer.alloc(0)
  })
  afterEach(async () => {
    await Promise.all(open.splice(0).map((server) => server.close()))
  })

  const serve = async (fault: Fault): Promise<FaultyRegistry> => {
    const server = await startFaultyRegistry(image, fault)
    open.push(server)
    return server
  }
  const clientOf = (server: FaultyRegistry, more: Partial<RegistryClientOptions> = {}): RegistryClient =>
    new RegistryClient({
      reference: parseReference(`${server.host}/team/a:1`),
      retries: 2,
      backoff: { initialMs: 1, maxMs: 1 },
      ...more,
    })
  const target = (): string => join(directory, `blob-${++targets}`)

  /** Wants a token, which it gives for the right credentials; takes a token once less than `uses` times. */
  function tokens(uses = Infinity): { fault: Fault; given: () => number } {
    let given = 0
    let left = 0
    const fault: Fault = (request, response) => {
      if (request.url?.startsWith('/token') === true) {
        if (request.headers.authorization !== basic) return ended(response.writeHead(401))
        given += 1
        left = uses
        response.end(JSON.stringify({ token: `t${given}`, expires_in: 300 }))
        return true
      }
      if (request.headers.authorization === `Bearer t${given}` && left > 0) {
        left -= 1
        return false
      }
      const realm = `http://${request.headers.host ?? ''}/token`
      response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}",service="test"` }).end()
      return true
    }
    return { fault, given: () => given }
  }

  it('asks for a token once, with the credentials, for this repository', async () => {
    const { fault, given } = tokens()
    const server = await serve(fault)
    const client = clientOf(server, { credentials })
    expect((await client.manifest('1')).digest).toBe(image.digest)
    const file = target()
    await client.blob(layer, file)
    expect((await readFile(file)).equals(content)).toBe(true)
    expect(given()).toBe(1)
    expect(server.seen.find(({ path }) => path.startsWith('/token'))?.path).toBe(
      '/token?service=test&scope=repository%3Ateam%2Fa%3Apull&account=me',
    )
    // The password goes to nobody but who gives tokens.
    expect(
      server.seen.filter(({ authorization }) => authorization === basic).map(({ path }) => path.split('?')[0]),
    ).toEqual(['/token'])
  })

  it('takes a new token when the old one is refused before its time, or has run out', async () => {
    const { fault, given } = tokens(1)
    const server = await serve(fault)
    let now = 0
    const client = clientOf(server, { credentials, now: () => now })
    await client.manifest('1')
    await client.blob(layer, target())
    expect(given()).toBe(2)
    now += 296_000
    await client.manifest('1')
    expect(given()).toBe(3)
  })

  it.each([undefined, { username: 'me', password: 'wrong' }])(
    'says that it is refused, credentials %j',
    async (wrong) => {
      const server = await serve(tokens().fault)
      await expect(
        clientOf(server, wrong === undefined ? {} : { credentials: wrong }).manifest('1'),
      ).rejects.toMatchObject({
        code: 'Refused',
        message: `${server.host} refuses access: the repository is private, or is not there`,
      })
    },
  )

  it('goes on with a layer where the connection broke, and after a failure of the server', async () => {
    const server = await serve((request, response, count) => {
      if (request.url?.includes('/blobs/') !== true) return count === 1 && ended(response.writeHead(503))
      if (count > 1) return false
      response.writeHead(200, { 'content-length': content.length, etag: '"1"' })
      response.write(content.subarray(0, 100_000), () => setImmediate(() => response.destroy()))
      return true
    })
    const client = clientOf(server)
    await client.manifest('1')
    const file = target()
    await client.blob(layer, file)
    expect((await readFile(file)).equals(content)).toBe(true)
    expect(server.seen.filter(({ path }) => path.includes('/blobs/'))).toHaveLength(2)
  })

  it('follows a redirect to a storage server, without the token', async () => {
    const storage = await serve(() => false)
    const { fault } = tokens()
    const server = await serve((request, response, count) => {
      if (fault(request, response, count)) return true
      if (request.url?.includes('/blobs/') !== true) return false
      response.writeHead(307, { location: `http://${storage.host}${request.url}?signature=x` }).end()
      return true
    })
    // The storage has its own way of saying who may read: the address.
    const file = target()
    const client = clientOf(server, { credentials })
    await client.manifest('1')
    await client.blob(layer, file)
    expect((await readFile(file)).equals(content)).toBe(true)
    expect(storage.seen.map(({ authorization }) => authorization)).toEqual([undefined])
  })

  it.each<[string, Fault, string]>([
    ['another content', onLayers((_url, response) => ended(response, Buffer.alloc(10))), 'ChecksumMismatch'],
    ['more than was promised', onLayers((_url, response) => ended(response, Buffer.alloc(1_000_000))), 'TooLarge'],
    ['nothing', onLayers((_url, response) => ended(response.writeHead(404))), 'NotFound'],
    [
      'redirects in a circle',
      onLayers((url, response) => ended(response.writeHead(302, { location: url }))),
      'Refused',
    ],
  ])('refuses a layer that has %s', async (_what, fault, code) => {
    const client = clientOf(await serve(fault))
    await client.manifest('1')
    await expect(client.blob(layer, target())).rejects.toMatchObject({ code })
  })

  it.each<[string, Fault, string]>([
    ['never ends', (_request, response) => flood(response), 'TooLarge'],
    ['is not what its digest says', (_request, response) => ended(response, Buffer.from('{}')), 'ChecksumMismatch'],
    ['fails for good', (_request, response) => ended(response.writeHead(500)), 'ServerFailed'],
    ['comes too often', (_request, response) => ended(response.writeHead(429)), 'ServerFailed'],
    ['breaks off', (_request, response) => brokenOff(response), 'NetworkFailed'],
  ])('refuses a manifest that %s', async (_what, fault, code) => {
    const error = await clientOf(await serve(fault))
      .manifest(image.digest)
      .catch((failure: unknown) => failure)
    expect(error).toBeInstanceOf(ImagingError)
    expect(error).toMatchObject({ code })
  })

  it('gives no password to who asks for it in the clear', async () => {
    const asked: unknown[] = []
    const request = {
      challenge: { scheme: 'bearer', realm: 'http://elsewhere.example.com/token' } as const,
      credentials,
      scope: 'x',
      registry: new URL('https://registry.example.com/v2/'),
      ask: async (question: unknown) => {
        asked.push(question)
        return { status: 200, headers: {}, body: Buffer.from('{"token":"x"}') }
      },
      now: 0,
    }
    await expect(authorize(request)).rejects.toMatchObject({ code: 'Refused' })
    expect(asked).toEqual([])
  })
})

function ended(response: ServerResponse, content?: Buffer): true {
  response.end(content)
  return true
}

function brokenOff(response: ServerResponse): true {
  response.writeHead(200, { 'content-length': 100 }).write('{', () => setImmediate(() => response.destroy()))
  return true
}

function flood(response: ServerResponse): true {
  if (response.destroyed) return true
  if (response.write(Buffer.alloc(1024 * 1024))) setImmediate(() => flood(response))
  else response.once('drain', () => flood(response))
  return true
}

function onLayers(answer: (url: string, response: ServerResponse) => boolean): Fault {
  return ({ url = '' }, response) => url.includes('/blobs/') && answer(url, response)
}

describe('registryUrl', () => {
  it.each([
    ['quay.io', 'https://quay.io/v2/'],
    ['docker.io', 'https://registry-1.docker.io/v2/'],
    ['localhost:5000', 'http://localhost:5000/v2/'],
    ['127.0.0.1:5000', 'http://127.0.0.1:5000/v2/'],
    ['[::1]:5000', 'http://[::1]:5000/v2/'],
    ['127.0.0.1.example.com', 'https://127.0.0.1.example.com/v2/'],
    ['localhost.example.com', 'https://localhost.example.com/v2/'],
    ['10.0.0.1:5000', 'https://10.0.0.1:5000/v2/'],
    ['lab:5000', 'http://lab:5000/v2/'],
  ])('reaches %s at %s', (registry, url) => {
    expect(registryUrl(registry, { insecure: ['lab:5000'] }).href).toBe(url)
  })
})
