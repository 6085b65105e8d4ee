import { describe, expect, it } from 'vitest'
import { parseRequests } from './parse-requests.ts'

const target = { cluster: 'here', group: '', version: 'v1', resource: 'configmaps', namespace: 'default', name: 'a' }
const call = { method: 'POST', path: 'api/v1/namespaces/default/configmaps?fieldManager=x', body: { a: 1 } }
const requests = { action: 'create', items: [{ target, calls: [call] }] }
const withCall = (changed: object): object => ({ ...requests, items: [{ target, calls: [{ ...call, ...changed }] }] })

describe('the requests of a form', () => {
  it('are read as they are, with their size', () => {
    const path = '/api/v1/namespaces/default/configmaps?fieldManager=x'
    const item = { target, calls: [{ method: 'POST', path, body: { a: 1 }, size: 7 }], afterwards: [] }
    expect(parseRequests(requests)).toEqual({ action: 'create', goal: undefined, items: [item] })
    expect(parseRequests({ ...requests, goal: 'running' }).goal).toBe('running')
    const move = { volume: 'data', claim: 'data-2' }
    expect(parseRequests({ ...requests, items: [{ target, calls: [call], move }] }).items[0]?.move).toEqual(move)
  })

  it.each<[string, unknown, string]>([
    ['nothing', null, 'requests.action'],
    ['an action of the plans', { ...requests, action: 'stop' }, 'requests.action'],
    ['a goal nobody waits for', { ...requests, goal: 'paused' }, 'requests.goal'],
    ['no items', { ...requests, items: [] }, 'requests.items'],
    ['too many items', { ...requests, items: Array.from({ length: 501 }, () => null) }, 'requests.items'],
    ['an item that is none', { ...requests, items: [null] }, 'calls'],
    ['no requests', { ...requests, items: [{ target, calls: [] }] }, 'calls'],
    ['too many requests', { ...requests, items: [{ target, calls: Array.from({ length: 5 }, () => call) }] }, 'calls'],
    ['a move to nowhere', { ...requests, items: [{ target, calls: [call], move: { volume: 'a' } }] }, 'move'],
    ['no target', { ...requests, items: [{ calls: [call] }] }, 'request must be an object'],
    ['a request that reads', withCall({ method: 'GET' }), 'method'],
    ['a path that is none', withCall({ path: 1 }), 'path'],
    ['a path that steps aside', withCall({ path: 'api/../logs' }), 'cannot be part of an API path'],
    ['a path in disguise', withCall({ path: 'api/%2e%2e/logs' }), 'cannot be part of an API path'],
    ['a path beside the API', withCall({ path: 'debug/pprof' }), 'no path of the Kubernetes API'],
    ['a program of the cluster', withCall({ path: 'api/v1/namespaces/a/services/b/proxy' }), 'proxy'],
  ])('are refused with %s', (_name, value, message) => {
    expect(() => parseRequests(value)).toThrow(message)
  })
})
