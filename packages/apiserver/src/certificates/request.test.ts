import { webcrypto } from 'node:crypto'
// oxlint-disable-next-line import/no-unassigned-import -- the certificate library needs it in place, and it exports nothing
import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { readRequest } from './request.ts'

const keys = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])

async function request(name: x509.JsonName, extensions: x509.Extension[] = []): Promise<Buffer> {
  const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' }
  const options = { name, keys, signingAlgorithm, extensions }
  const made = await x509.Pkcs10CertificateRequestGenerator.create(options, webcrypto)
  return Buffer.from(`${made.toString('pem')}\n`)
}

test('a request is read as it was made', async () => {
  const names = new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: 'a.example' }])
  const pem = await request([{ O: ['dev'] }, { O: ['ops, 1'] }, { CN: ['ann'] }], [names])
  expect(await readRequest(pem)).toEqual({
    commonNames: ['ann'],
    organizations: ['dev', 'ops, 1'],
    alternativeNames: ['dns:a.example'],
  })
})

test('whatever bytes come, the answer is a request or what is wrong with it', async () => {
  const good = await request([{ CN: ['ann'] }])
  const original = await readRequest(good)
  expect(original).toMatchObject({ commonNames: ['ann'] })
  const der = Buffer.from(new x509.Pkcs10CertificateRequest(good.toString()).rawData)
  const armoured = (bytes: Uint8Array): Buffer =>
    Buffer.from(
      `-----BEGIN CERTIFICATE REQUEST-----\n${Buffer.from(bytes).toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`,
    )
  const mutated = fc
    .array(fc.record({ at: fc.nat({ max: der.length - 1 }), to: fc.integer({ min: 0, max: 255 }) }), { maxLength: 4 })
    .map((changes) => {
      const copy = Buffer.from(der)
      for (const { at, to } of changes) copy.writeUInt8(to, at)
      return { pem: armoured(copy), made: copy.equals(der) }
    })
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        mutated,
        fc.uint8Array({ maxLength: 300 }).map((bytes) => ({ pem: armoured(bytes), made: false })),
        fc.uint8Array({ maxLength: 300 }).map((bytes) => ({ pem: Buffer.from(bytes), made: false })),
      ),
      async ({ pem, made }) => {
        const read = await readRequest(pem)
        // What is signed says what it said, whatever is around it.
        if (!('problem' in read)) expect(read).toEqual(original)
        else expect(made).toBe(false)
      },
    ),
    { numRuns: 300 },
  )
})
