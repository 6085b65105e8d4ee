import { afterEach, describe, expect, it } from 'vitest'
import { boatsPath } from './testing/harbour.ts'
import { ask2, openTlsHarbour, type TlsHarbour } from './testing/tls-harbour.ts'
import { Warnings } from './warnings.ts'

function headersOf(...texts: string[]): string[] {
  const warnings = new Warnings()
  for (const text of texts) warnings.add(text)
  return warnings.headers()['warning'] ?? []
}

describe('warnings', () => {
  it.each([
    [['use v1'], ['299 - "use v1"']],
    [['twice', 'twice'], ['299 - "twice"']],
    [['say "\\"'], [String.raw`299 - "say \"\\\""`]],
    [['a\r\nb\u0000c'], ['299 - "a  b c"']],
    [['', ' '], []],
  ])('%j become %j', (texts, expected) => {
    expect(headersOf(...texts)).toEqual(expected)
  })

  it('stay whole while they fit, and are all shortened when they do not', () => {
    expect(headersOf('a'.repeat(4096))[0]).toHaveLength('299 - ""'.length + 4096)
    const many = headersOf(...Array.from({ length: 100 }, (_, index) => `${index} ${'x'.repeat(1000)}`))
    expect(many).toHaveLength(16)
    for (const each of many) expect(each).toHaveLength('299 - ""'.length + 256)
  })

  let harbour: TlsHarbour | undefined
  afterEach(() => harbour?.close())

  it('reach clients of both protocols in UTF-8', async () => {
    harbour = await openTlsHarbour({
      admission: [
        {
          name: 'Herald',
          handles: () => true,
          mutate(attributes) {
            attributes.warn('Ölpreis – hoch')
          },
        },
      ],
    })
    const body = JSON.stringify({ apiVersion: 'harbour.example/v1', kind: 'Boat', metadata: { generateName: 'b-' } })
    const one = await harbour.http1('POST', boatsPath, { headers: { 'content-type': 'application/json' }, body })
    const headers = { ':method': 'POST', ':path': boatsPath, 'content-type': 'application/json' }
    const two = await ask2(harbour.http2(), headers, body)
    for (const { code, headers: answered } of [one, two]) {
      expect(code).toBe(201)
      const text = String(answered['warning'])
      expect(Buffer.from(text, 'latin1').toString()).toBe('299 - "Ölpreis – hoch"')
    }
  })
})
