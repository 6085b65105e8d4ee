import { describe, expect, it } from 'vitest'
import { ImportRules, isLoopbackHost } from './import-rules.ts'

const own = 7443
const exported = '/api/export.kubevirt.io/v1/namespaces/a/virtualmachineexports/b/volumes/c/disk.img'

function refusal(hostServices: boolean, server: { address: string; port?: number; path?: string }): string | undefined {
  const rules = new ImportRules({ hostServices, ownAddresses: () => ['192.0.2.7', '2001:db8::7'] })
  rules.listensOn(own)
  return rules.refuses({ port: 80, path: '/disk.img', ...server })
}

describe('what is imported from', () => {
  it.each([
    ['another host', true, { address: '198.51.100.1' }, undefined],
    ['another host, for people elsewhere', false, { address: '10.0.0.9' }, undefined],
    ['the metadata of a cloud', true, { address: '169.254.169.254' }, 'link-local'],
    ['the same, wrapped', true, { address: '::ffff:169.254.169.254' }, 'link-local'],
    ['a mirror on this host', true, { address: '127.0.0.1' }, undefined],
    ['the same, for people elsewhere', false, { address: '127.0.0.1' }, '--imports-from-host'],
    ['this host by no address', false, { address: '0.0.0.0' }, '--imports-from-host'],
    ['this host by its own address', false, { address: '192.0.2.7' }, '--imports-from-host'],
    ['the same, wrapped', false, { address: '::ffff:192.0.2.7' }, '--imports-from-host'],
    ['this host over IPv6', false, { address: '2001:db8:0::7' }, '--imports-from-host'],
    ['the API of the engine', true, { address: '127.0.0.1', port: own, path: '/api/v1/secrets' }, 'only exports'],
    ['the same by another address', true, { address: '192.0.2.7', port: own, path: '/metrics' }, 'only exports'],
    ['an export of the engine', false, { address: '127.0.0.1', port: own, path: exported }, undefined],
    ['another host with that port', false, { address: '198.51.100.1', port: own, path: '/' }, undefined],
  ] as const)('%s (%s)', (_what, hostServices, server, words) => {
    const why = refusal(hostServices, server)
    if (words === undefined) expect(why).toBeUndefined()
    else expect(why).toContain(words)
  })

  it.each([
    ['127.0.0.1', true],
    ['localhost', true],
    ['::1', true],
    ['0.0.0.0', false],
    ['::', false],
    ['192.0.2.7', false],
    ['example.com', false],
  ])('who listens on %s: only people of this host? %s', (host, expected) => {
    expect(isLoopbackHost(host)).toBe(expected)
  })
})
