import { once } from 'node:events'
import { constants } from 'node:http2'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { boatsPath } from '../server/testing/harbour.ts'
import { ask2, openTlsHarbour, type TlsHarbour } from '../server/testing/tls-harbour.ts'

const count = 1_500

let harbour: TlsHarbour
beforeAll(async () => {
  harbour = await openTlsHarbour({ limits: { listBytes: 5_000_000 } })
  await fill()
})
afterAll(() => harbour.close())

/** Three megabytes of boats, some of them with letters of several bytes. */
async function fill(): Promise<void> {
  await harbour.store.write(
    Array.from({ length: count }, (_, index) => {
      const name = `boat-${String(index).padStart(5, '0')}`
      return {
        op: 'put',
        collection: 'harbour.example/boats',
        key: `default/${name}`,
        encode: (revision: number) =>
          Buffer.from(
            JSON.stringify({
              apiVersion: 'harbour.example/v1',
              kind: 'Boat',
              metadata: {
                name,
                namespace: 'default',
                resourceVersion: String(revision),
                labels: { mod: String(index % 7) },
              },
              spec: { sails: index, colour: 'blåt\n "hav"'.repeat(160) },
            }),
          ),
      } as const
    }),
  )
}

interface Listed {
  metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number }
  items: { apiVersion: string; metadata: { name: string } }[]
}

const sailsOf = (text: string) => (JSON.parse(text) as Listed).items.map(({ metadata }) => metadata.name)

const table = 'application/json;as=Table;v=v1;g=meta.k8s.io'
const partial = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io'

describe('a big list', () => {
  it.each([
    ['objects', boatsPath, undefined],
    ['another version', boatsPath.replace('v1', 'v1beta1'), undefined],
    ['for people', `${boatsPath}?pretty=true`, undefined],
    ['a table', `${boatsPath}?includeObject=Object`, table],
    ['a table for people', `${boatsPath}?pretty=true`, table],
    ['metadata', boatsPath, partial],
    ['a selection', `${boatsPath}?labelSelector=mod%21%3D3`, undefined],
  ])('as %s is the same over a socket and from within', async (_name, path, accept) => {
    const headers: Record<string, string> = accept === undefined ? {} : { accept }
    const within = await harbour.ask('GET', path, { headers })
    const http1 = await harbour.http1('GET', path, { headers })
    expect(http1.code).toBe(200)
    expect(http1.text).toBe(within.text)
    const { code, text } = await ask2(harbour.http2(), { ':path': path, ...headers })
    expect([code, text.length]).toEqual([200, within.text.length])
    // As it would be if it were written in one go.
    const indent = path.includes('pretty') ? 2 : undefined
    expect(`${JSON.stringify(JSON.parse(within.text), null, indent)}\n`).toBe(within.text)
  })

  it('has all objects in the version of the path', async () => {
    const { text } = await harbour.http1('GET', boatsPath.replace('v1', 'v1beta1'))
    const { items } = JSON.parse(text) as Listed
    expect(items.length).toBe(count)
    expect(new Set(items.map(({ apiVersion }) => apiVersion))).toEqual(new Set(['harbour.example/v1beta1']))
  })

  it('says how long it is, and is compressed on its way when the client takes that', async () => {
    const plain = await harbour.http1('GET', boatsPath)
    expect(Number(plain.headers['content-length'])).toBe(plain.body.length)
    const small = await harbour.http1('GET', boatsPath, { headers: { 'accept-encoding': 'br, gzip;q=0.5' } })
    expect(small.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' })
    expect(small.headers['content-length']).toBeUndefined()
    expect(gunzipSync(small.body).equals(plain.body)).toBe(true)
    const refused = await harbour.http1('GET', boatsPath, { headers: { 'accept-encoding': 'gzip;q=0' } })
    expect(refused.headers['content-encoding']).toBeUndefined()
  })

  it('is YAML too', async () => {
    const { text } = await harbour.http1('GET', `${boatsPath}?limit=700`, { headers: { accept: 'application/yaml' } })
    const json = await harbour.ask('GET', `${boatsPath}?limit=700`)
    expect(parse(text, { maxAliasCount: 0 })).toEqual(json.json)
    const none = await harbour.http1('GET', `${boatsPath}?labelSelector=mod%3Dx`, {
      headers: { accept: 'application/yaml' },
    })
    expect(parse(none.text)).toMatchObject({ kind: 'BoatList', items: [] })
  })

  it('pages through a selection without a gap', async () => {
    const names: string[] = []
    let token = ''
    do {
      const { text } = await harbour.http1('GET', `${boatsPath}?labelSelector=mod%3D2&limit=100&continue=${token}`)
      names.push(...sailsOf(text))
      token = (JSON.parse(text) as Listed).metadata.continue ?? ''
    } while (token !== '')
    const whole = await harbour.http1('GET', `${boatsPath}?labelSelector=mod%3D2`)
    expect(names).toEqual(sailsOf(whole.text))
  })

  it('answers HEAD without it', async () => {
    expect(await harbour.http1('HEAD', boatsPath)).toMatchObject({ code: 200, text: '' })
  })

  it('is refused while others that nobody reads fill the memory for lists, and served when they are gone', async () => {
    const session = harbour.http2()
    const unread = session.request({ ':path': boatsPath })
    await once(unread, 'response')
    const refused = await harbour.http1('GET', boatsPath)
    expect(refused).toMatchObject({ code: 429, headers: { 'retry-after': '1' } })
    expect((await harbour.http1('GET', `${boatsPath}?limit=10`)).code).toBe(200)
    unread.close(constants.NGHTTP2_CANCEL)
    await expect.poll(async () => (await harbour.http1('GET', boatsPath)).code).toBe(200)
  })
})
