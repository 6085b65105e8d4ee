import { generateKeyPairSync } from 'node:crypto'
import { Readable } from 'node:stream'
import { assert, constantFrom, nat, property, string } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { boundaryOf, formField } from './form-field.ts'
import { UploadTokens } from './tokens.ts'
import { unlessStalled } from './unless-stalled.ts'

const text = async (chunks: AsyncIterable<Uint8Array>): Promise<string> => {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all).toString('latin1')
}

describe('upload tokens', () => {
  const { privateKey: secret } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  let now = Date.parse('2026-01-01T00:00:00Z')
  const clock = { now: () => new Date(now) }
  const tokens = new UploadTokens({ secret, clock })
  const claim = { namespace: 'default', name: 'disk', uid: 'u1' }

  it('say which claim they are for, for five minutes', () => {
    const token = tokens.issue(claim)
    expect(tokens.read(token)).toEqual(claim)
    const [, payload = ''] = token.split('.')
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({
      iss: 'cdi-apiserver',
      operation: 'Upload',
      name: 'disk',
      namespace: 'default',
      resource: { group: '', version: 'v1', resource: 'persistentvolumeclaims' },
    })
    now += 299_000
    expect(tokens.read(token)).toEqual(claim)
    now += 1_000
    expect(tokens.read(token)).toBeUndefined()
  })

  it('are good for an engine that was started again, and for no other', () => {
    const token = tokens.issue(claim)
    expect(new UploadTokens({ secret, clock }).read(token)).toEqual(claim)
    const { privateKey: other } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    expect(new UploadTokens({ secret: other, clock }).read(token)).toBeUndefined()
  })

  it('cannot be changed', () => {
    const token = tokens.issue(claim)
    assert(
      property(nat(token.length - 1), constantFrom('a', 'B', '0', '-', '_', '.'), (at, letter) => {
        const changed = token.slice(0, at) + letter + token.slice(at + 1)
        const same = Buffer.from(changed.slice(changed.lastIndexOf('.') + 1), 'base64url').equals(
          Buffer.from(token.slice(token.lastIndexOf('.') + 1), 'base64url'),
        )
        const head = (each: string): string => each.slice(0, each.lastIndexOf('.'))
        if (same && head(changed) === head(token)) return
        expect(tokens.read(changed)).toBeUndefined()
      }),
    )
    assert(property(string(), (any) => tokens.read(any) === undefined))
    expect(tokens.read('x'.repeat(100_000))).toBeUndefined()
  })
})

describe('a form', () => {
  const boundary = 'XX'
  const part = (name: string, content: string): string =>
    `--XX\r\nContent-Disposition: form-data; name="${name}"; filename="a.img"\r\nContent-Type: application/octet-stream\r\n\r\n${content}\r\n`
  const read = (body: string, pieces: number): Promise<string> => {
    const bytes = Buffer.from(body, 'latin1')
    const chunks: Buffer[] = []
    for (let at = 0; at < bytes.length; at += pieces) chunks.push(bytes.subarray(at, at + pieces))
    return text(formField(Readable.from(chunks), { boundary, field: 'file' }))
  }

  it('gives the content of its field, however it is cut', async () => {
    const content = 'a\r\n--X\r\n\r\n--X \r\n'
    const form = `${part('other', 'x')}${part('empty', '')}${part('file', content)}${part('after', 'y')}--XX--\r\n`
    for (let pieces = 1; pieces < form.length; pieces += 1) expect(await read(form, pieces)).toBe(content)
  })

  it.each([
    ['has no such field', `${part('other', 'x')}--XX--\r\n`, 'has no field'],
    ['ends early', part('file', 'half').slice(0, -3), 'ended before'],
    ['has an endless head', `--XX\r\n${'a'.repeat(20_000)}`, 'too long a head'],
    ['is none', 'nothing', 'ended before'],
  ])('that %s is refused', async (_what, form, words) => {
    await expect(read(form, 1000)).rejects.toThrow(words)
  })

  it.each([
    ['multipart/form-data; boundary=XX', 'XX'],
    ['multipart/form-data; charset=utf-8; boundary="a b"', 'a b'],
  ])('%s', (type, expected) => expect(boundaryOf(type)).toBe(expected))
  it.each(['application/json', undefined, 'multipart/form-data', `multipart/form-data; boundary=${'x'.repeat(80)}`])(
    'refuses %s',
    (type) => expect(() => boundaryOf(type)).toThrow('multipart/form-data'),
  )
})

describe('a sender', () => {
  it('that is silent, or nearly so, is given up', async () => {
    const silent = new Readable({ read() {} })
    silent.push('a')
    await expect(text(unlessStalled(silent, 30))).rejects.toMatchObject({ status: { code: 408 } })
    const dripping = new Readable({ read() {} })
    const drip = setInterval(() => dripping.push('a'), 5)
    await expect(text(unlessStalled(dripping, 60))).rejects.toThrow('stalled')
    clearInterval(drip)
  })

  it('may take as long as it likes while it sends', async () => {
    const body = Readable.from(
      (function* () {
        for (let at = 0; at < 20; at += 1) yield Buffer.alloc(20_000)
      })(),
    )
    expect((await text(unlessStalled(body, 1_000))).length).toBe(400_000)
  })
})
