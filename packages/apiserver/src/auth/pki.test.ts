import { X509Certificate } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, createServer, type TLSSocket } from 'node:tls'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openPki } from './pki.ts'
import { FixedClock, secondsPerDay } from './testing/fixture.ts'

let directory: string
let clock: FixedClock

beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'berth-pki-')), 'pki')
  clock = new FixedClock()
})

afterEach(() => rm(join(directory, '..'), { recursive: true }))

const open = (names: { hostnames?: string[]; addresses?: string[] } = {}) => openPki({ directory, clock, ...names })

describe('openPki', () => {
  test('makes everything once, for its owner only, and finds it again', async () => {
    const first = await open()
    expect((await readdir(directory)).sort()).toEqual([
      'ca.crt',
      'ca.key',
      'server.crt',
      'server.key',
      'service-account.key',
    ])
    expect((await stat(directory)).mode & 0o777).toBe(0o700)
    for (const file of await readdir(directory)) expect((await stat(join(directory, file))).mode & 0o777).toBe(0o600)
    const second = await open()
    expect(second.caCertificate).toBe(first.caCertificate)
    expect(second.server).toEqual(first.server)
    expect(second.signingKey.kid).toBe(first.signingKey.kid)
  })

  test('the server certificate is good for the names asked for, and made again when they change', async () => {
    const first = await open({ hostnames: ['box.lan'], addresses: ['192.0.2.7', '2001:db8::7'] })
    const certificate = new X509Certificate(first.server.certificate)
    for (const name of ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'box.lan']) {
      expect(certificate.checkHost(name)).toBe(name)
    }
    for (const address of ['127.0.0.1', '::1', '192.0.2.7', '2001:db8::7']) {
      expect(certificate.checkIP(address)).toBe(address)
    }
    const same = await open({ hostnames: ['box.lan'], addresses: ['192.0.2.7', '2001:db8::7'] })
    expect(same.server).toEqual(first.server)
    const fewer = await open({ hostnames: ['box.lan'] })
    expect(new X509Certificate(fewer.server.certificate).checkIP('192.0.2.7')).toBeUndefined()
    expect(fewer.caCertificate).toBe(first.caCertificate)
  })

  test('renews the server certificate in time, and says when the CA is over', async () => {
    const first = await open()
    clock.advance(300 * secondsPerDay)
    expect((await open()).server).toEqual(first.server)
    clock.advance(100 * secondsPerDay)
    const renewed = await open()
    expect(renewed.server).not.toEqual(first.server)
    clock.advance(3100 * secondsPerDay)
    // No longer than the CA itself, and that is no reason to make it again at every start.
    const last = await open()
    expect(new X509Certificate(last.server.certificate).validTo).toBe(new X509Certificate(last.caCertificate).validTo)
    expect((await open()).server).toEqual(last.server)
    clock.advance(200 * secondsPerDay)
    await expect(open()).rejects.toMatchObject({ code: 'Expired' })
  })

  test('replaces a damaged server certificate, but never a CA', async () => {
    const first = await open()
    await writeFile(join(directory, 'server.crt'), 'nonsense')
    expect((await open()).caCertificate).toBe(first.caCertificate)
    const other = await openPki({ directory: `${directory}-other`, clock })
    await writeFile(join(directory, 'ca.crt'), other.caCertificate)
    await expect(open()).rejects.toMatchObject({ code: 'Damaged', remedy: expect.stringContaining('backup') })
    expect(await readFile(join(directory, 'ca.crt'), 'utf8')).toBe(other.caCertificate)
  })

  test('a name cannot smuggle in another attribute', async () => {
    const pki = await open()
    const { certificate } = await pki.issueClientCertificate({
      commonName: 'eve, O=system:masters',
      organizations: ['a+CN=root', 'b'],
    })
    expect(new X509Certificate(certificate).toLegacyObject().subject).toMatchObject({
      CN: 'eve, O=system:masters',
      O: ['a+CN=root', 'b'],
    })
  })
})

describe('a TLS server with these certificates', () => {
  test.each(['bob"root"', '#0c03616263', 'a, O=system:masters', 'ä'.repeat(100), 'x'.repeat(300), '"', '\\'])(
    'names its owner %j to the letter',
    async (name) => {
      const pki = await open()
      const { certificate } = await pki.issueClientCertificate({ commonName: name, organizations: [name, 'dev'] })
      expect(new X509Certificate(certificate).toLegacyObject().subject).toMatchObject({ CN: name, O: [name, 'dev'] })
    },
  )

  test('is trusted through the CA, and knows its client by the certificate', async () => {
    clock = new FixedClock()
    // TLS looks at the machine's clock.
    const real = { now: () => new Date() }
    const pki = await openPki({ directory, clock: real })
    const client = await pki.issueClientCertificate({ commonName: 'ann', organizations: ['ops', 'dev'] })
    const foreign = await openPki({ directory: `${directory}-foreign`, clock: real })
    const stranger = await foreign.issueClientCertificate({ commonName: 'ann', organizations: ['system:masters'] })
    const seen: unknown[] = []
    const server = createServer(
      {
        key: pki.server.key,
        cert: pki.server.certificate,
        ca: pki.caCertificate,
        requestCert: true,
        rejectUnauthorized: false,
      },
      (socket) => {
        const { subject } = socket.getPeerCertificate()
        seen.push({ authorized: socket.authorized, CN: subject.CN, O: subject.O })
        socket.end('hello')
      },
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const greet = async (identity: { key: string; certificate: string }, ca: string): Promise<string> => {
      const socket: TLSSocket = connect({
        port,
        host: '127.0.0.1',
        servername: 'localhost',
        ca,
        key: identity.key,
        cert: identity.certificate,
      })
      let text = ''
      for await (const chunk of socket) text += String(chunk)
      return text
    }
    try {
      expect(await greet(client, pki.caCertificate)).toBe('hello')
      expect(await greet(stranger, pki.caCertificate)).toBe('hello')
      // A server certificate is no client certificate.
      expect(await greet(pki.server, pki.caCertificate)).toBe('hello')
      expect(seen).toMatchObject([
        { authorized: true, CN: 'ann', O: ['ops', 'dev'] },
        { authorized: false },
        { authorized: false },
      ])
      await expect(greet(client, foreign.caCertificate)).rejects.toThrow(/certificate/)
    } finally {
      server.close()
    }
  })
})
