import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { testDirectory } from '../test-directory.testkit.ts'
import { inRegion, s3Address } from './address.ts'
import { downloadS3 } from './download-s3.ts'
import { signS3 } from './sign.ts'

const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' }

describe('signatures', () => {
  it('are those of the documentation for a list of a bucket', () => {
    // "Authenticating Requests: Using the Authorization Header", example "GET Bucket (List Objects)".
    const url = new URL('https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J')
    const { authorization } = signS3({
      method: 'GET',
      url,
      region: 'us-east-1',
      credentials,
      now: new Date('2013-05-24T00:00:00Z'),
    })
    expect(authorization).toBe(
      'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    )
  })

  it('cover a session token', () => {
    const url = new URL('https://s3.example.com/bucket/key')
    const now = new Date()
    const headers = signS3({
      method: 'GET',
      url,
      region: 'x',
      credentials: { ...credentials, sessionToken: 'token' },
      now,
    })
    expect(headers['x-amz-security-token']).toBe('token')
    expect(headers['authorization']).toContain('x-amz-security-token')
  })
})

describe('addresses', () => {
  it.each([
    ['s3://bucket/a/b c.img', 'https://s3.amazonaws.com/bucket/a/b%20c.img', undefined],
    ['https://s3.amazonaws.com/bucket/key', 'https://s3.amazonaws.com/bucket/key', undefined],
    ['https://s3.eu-west-1.amazonaws.com/bucket/key', 'https://s3.eu-west-1.amazonaws.com/bucket/key', 'eu-west-1'],
    ['https://s3-eu-west-1.amazonaws.com/bucket/key', 'https://s3-eu-west-1.amazonaws.com/bucket/key', 'eu-west-1'],
    [
      'https://bucket.s3.us-gov-west-1.amazonaws.com/key',
      'https://bucket.s3.us-gov-west-1.amazonaws.com/key',
      'us-gov-west-1',
    ],
    ['http://minio:9000/bucket/key(1)', 'http://minio:9000/bucket/key%281%29', 'us-east-1'],
  ])('%s is %s', (text, url, region) => {
    expect(s3Address(text)).toEqual({ url: new URL(url), region })
  })

  it('move to the region of their bucket', () => {
    expect(inRegion(s3Address('s3://bucket/key'), 'eu-north-1').url.href).toBe(
      'https://s3.eu-north-1.amazonaws.com/bucket/key',
    )
  })

  it.each([
    's3://bucket',
    's3://bucket/',
    'https://minio:9000/key',
    'gs://bucket/key',
    'nothing',
    'https://s3.amazonaws.com/%zz/a',
  ])('refuse %s', (text) => {
    expect(() => s3Address(text)).toThrow(/does not name an object/)
  })
})

describe('downloads', () => {
  const directory = testDirectory()
  const servers: Server[] = []
  afterEach(() => servers.splice(0).forEach((server) => server.close()))

  it('send a signature, and none without credentials', async () => {
    const seen: (string | undefined)[] = []
    const server = createServer((request, response) => {
      seen.push(request.headers.authorization)
      response.end('content')
    })
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/bucket/key` // a TCP server has an AddressInfo
    const target = join(directory, 'object')
    await downloadS3({ url, target, maxBytes: 100, credentials })
    await downloadS3({ url, target, maxBytes: 100 })
    expect(await readFile(target, 'utf8')).toBe('content')
    expect(seen).toEqual([expect.stringContaining('/us-east-1/s3/aws4_request'), undefined])
  })
})
