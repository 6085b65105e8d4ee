import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ClientError } from './errors.ts'
import { pathOf, queryOf } from './paths.ts'

const vms = { group: 'kubevirt.io', version: 'v1', resource: 'virtualmachines' }
const pods = { group: '', version: 'v1', resource: 'pods' }

describe('pathOf', () => {
  it.each([
    [pods, {}, '/api/v1/pods'],
    [pods, { namespace: 'a', name: 'b', subresource: 'log' }, '/api/v1/namespaces/a/pods/b/log'],
    [vms, { namespace: 'a' }, '/apis/kubevirt.io/v1/namespaces/a/virtualmachines'],
    [
      vms,
      { namespace: 'a', name: 'b', subresource: 'portforward/22/tcp' },
      '/apis/kubevirt.io/v1/namespaces/a/virtualmachines/b/portforward/22/tcp',
    ],
    [pods, { name: 'a b?c#d' }, '/api/v1/pods/a%20b%3Fc%23d'],
  ])('%j %j is %s', (ref, target, path) => {
    expect(pathOf(ref, target)).toBe(path)
  })

  it.each(['', '.', '..', 'a/b', '%2e', '\ud800'])('refuses the name %j', (name) => {
    expect(() => pathOf(pods, { name })).toThrow(ClientError)
    expect(() => pathOf(pods, { namespace: name })).toThrow(ClientError)
  })

  it('keeps any accepted name in its own segment', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        let path: string
        try {
          path = pathOf(pods, { namespace: 'ns', name })
        } catch {
          return
        }
        const parsed = new URL(path, 'http://host')
        expect(parsed.search + parsed.hash).toBe('')
        expect(parsed.pathname.split('/').map(decodeURIComponent)).toEqual([
          '',
          'api',
          'v1',
          'namespaces',
          'ns',
          'pods',
          name,
        ])
      }),
    )
  })
})

it('queryOf leaves out what is not set', () => {
  expect(queryOf({ a: undefined })).toBe('')
  expect(queryOf({ labelSelector: 'a=b,c', limit: 5, watch: true })).toBe('?labelSelector=a%3Db%2Cc&limit=5&watch=true')
})
