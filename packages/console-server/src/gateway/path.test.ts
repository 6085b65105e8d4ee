import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ConsoleError } from '../errors.ts'
import { clusterPath } from './path.ts'

describe('a path of the gateway', () => {
  it.each([
    [
      'apis/kubevirt.io/v1/namespaces/default/virtualmachines?limit=1',
      '/apis/kubevirt.io/v1/namespaces/default/virtualmachines?limit=1',
    ],
    ['api/v1/namespaces/a%20b', '/api/v1/namespaces/a%20b'],
    [
      'apis/rbac.authorization.k8s.io/v1/clusterroles/system:node',
      '/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode',
    ],
    ['version', '/version'],
    // A machine may be called so.
    [
      'apis/kubevirt.io/v1/namespaces/default/virtualmachines/proxy',
      '/apis/kubevirt.io/v1/namespaces/default/virtualmachines/proxy',
    ],
  ])('%s is %s', (given, path) => expect(clusterPath(given)).toBe(path))

  it.each([
    '',
    '/',
    'api/../x',
    'api/./x',
    'api//x',
    'api/%2e%2e/x',
    'api/%2F',
    'api/%5C',
    'api/%25',
    'api/%00',
    'api/%',
    'debug/pprof',
  ])('%j is refused', (given) => expect(() => clusterPath(given)).toThrow(ConsoleError))

  it.each([
    'api/v1/nodes/n/proxy',
    'api/v1/namespaces/d/pods/p/proxy/x',
    'api/v1/namespaces/d/services/s/proxy',
    'api/v1/namespaces/d/services/s:80/%70roxy/x',
  ])('to a program of the cluster, %s, is refused', (given) =>
    expect(() => clusterPath(given)).toThrow('is not shown as part of the console'),
  )

  it('is refused, or is one whose parts a server reads as they were meant', () => {
    const part = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('..', '.', '', '%2e', '%2f', '%', '\\', 'proxy', 'pods'),
    )
    fc.assert(
      fc.property(fc.constantFrom('api', 'apis', 'logs', '..'), fc.array(part, { maxLength: 6 }), (root, parts) => {
        let path: string
        try {
          path = clusterPath([root, ...parts].join('/'))
        } catch (error) {
          expect(error).toBeInstanceOf(ConsoleError)
          return
        }
        const [address = ''] = path.split('?', 1)
        // What a URL parser makes of it is what stands there.
        expect(new URL(`http://cluster${address}`).pathname).toBe(address)
        expect(address).toMatch(/^\/apis?(?:\/|$)/)
        expect(address.split('/').slice(1)).not.toContain('')
        // oxlint-disable-next-line no-control-regex -- they are what must not be there
        expect(address).not.toMatch(/[\u0000-\u0020\\]/)
      }),
    )
  })
})
