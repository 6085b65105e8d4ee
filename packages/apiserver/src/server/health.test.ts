import { afterEach, expect, it } from 'vitest'
import { openHarbour, type Harbour } from './testing/harbour.ts'

let harbour: Harbour
afterEach(() => harbour.close())

const failing = {
  name: 'tide',
  check() {
    throw new Error('too low')
  },
}
const passing = { name: 'anchor', live: true, check() {} }

/** kube-apiserver's own texts. */
it.each([
  ['/healthz?exclude=tide', 200, 'ok'],
  ['/livez', 200, 'ok'],
  ['/livez?verbose', 200, '[+]ping ok\n[+]anchor ok\nlivez check passed\n'],
  ['/readyz', 500, '[+]ping ok\n[+]anchor ok\n[-]tide failed: reason withheld\n[+]shutdown ok\nreadyz check failed\n'],
  [
    '/readyz?verbose&exclude=tide&exclude=anchor',
    200,
    '[+]ping ok\n[+]anchor excluded: ok\n[+]tide excluded: ok\n[+]shutdown ok\nreadyz check passed\n',
  ],
  [
    '/livez?verbose&exclude=moon',
    200,
    '[+]ping ok\n[+]anchor ok\nwarn: some health checks cannot be excluded: no matches for "moon"\nlivez check passed\n',
  ],
  ['/livez/anchor', 200, 'ok'],
  ['/readyz/tide', 500, 'internal server error: reason withheld\n'],
  ['/livez/tide', 404, '404 page not found\n'],
])('%s gives %i', async (path, code, text) => {
  harbour = await openHarbour({ healthChecks: [passing, failing] })
  const reply = await harbour.ask('GET', path)
  expect([reply.code, reply.text]).toEqual([code, text])
  expect(reply.headers).toMatchObject({ 'content-type': 'text/plain; charset=utf-8' })
})

it('is not ready any more once the server goes, but alive', async () => {
  harbour = await openHarbour()
  await harbour.server.close()
  expect((await harbour.ask('GET', '/readyz')).text).toContain('[-]shutdown failed')
  expect((await harbour.ask('GET', '/livez')).code).toBe(200)
})
