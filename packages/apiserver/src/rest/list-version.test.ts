import { describe, expect, it } from 'vitest'
import { StatusError } from '@berth/meta'
import { createMemoryStore } from '@berth/store'
import { encodeContinue, readListVersion } from './list-version.ts'

const store = createMemoryStore()

const token = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const version = 'meta.k8s.io/v1'

function refusal(query: string): [number, string] {
  try {
    readListVersion(store, new URLSearchParams(query))
  } catch (error) {
    if (error instanceof StatusError) return [error.status.code, error.status.message ?? '']
    throw error
  }
  throw new Error(`${query} was accepted`)
}

/** Codes and sentences of kube-apiserver. */
describe('list options', () => {
  it.each([
    [
      'resourceVersionMatch=Exact',
      422,
      'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
    ],
    [
      'resourceVersion=0&resourceVersionMatch=Exact',
      422,
      'resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
    ],
    [
      'resourceVersion=1&resourceVersionMatch=foo',
      422,
      'resourceVersionMatch: Unsupported value: "foo": supported values: "Exact", "NotOlderThan", ""',
    ],
    [
      'continue=abc&resourceVersionMatch=Exact',
      422,
      '[resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided, ' +
        'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided]',
    ],
    ['sendInitialEvents=true', 422, 'sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list'],
    ['limit=abc', 400, 'strconv.ParseInt: parsing "abc": invalid syntax'],
    ['timeoutSeconds=abc', 400, 'strconv.ParseInt: parsing "abc": invalid syntax'],
    [
      'resourceVersion=-1',
      400,
      'invalid resource version: resourceVersion: Invalid value: "-1": strconv.ParseUint: parsing "-1": invalid syntax',
    ],
    ['resourceVersion=999', 504, 'Timeout: Too large resource version: 999, current: 1'],
    ['continue=abc', 400, 'invalid continue token: continue key is not valid: '],
    [
      `continue=${token({ v: 'meta.k8s.io/v2', rv: 1, start: 'a' })}`,
      400,
      'invalid continue token: continue key is not valid: server does not recognize this encoded version meta.k8s.io/v2',
    ],
    [
      `continue=${token({ v: version, rv: 0, start: 'a' })}`,
      400,
      'continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)',
    ],
    [`continue=${token({ v: version, rv: 1, start: 7 })}`, 400, 'continue key is not valid: '],
    [`continue=${token(null)}`, 400, 'continue key is not valid: '],
    [
      `continue=${encodeContinue(1, 'a')}&resourceVersion=5`,
      400,
      'specifying resource version is not allowed when using continue',
    ],
  ])('refuses %s', (query, code, message) => {
    const [refused, words] = refusal(query)
    expect(refused).toBe(code)
    expect(words).toContain(message)
  })

  it.each([
    ['', { limit: undefined, revision: undefined, after: undefined }],
    ['limit=-1', { limit: undefined }],
    ['limit=7', { limit: 7 }],
    ['resourceVersion=0', { revision: undefined }],
    ['resourceVersion=1', { revision: undefined }],
    ['resourceVersion=1&limit=5', { revision: 1, limit: 5 }],
    ['resourceVersion=1&resourceVersionMatch=Exact', { revision: 1 }],
    ['resourceVersion=1&resourceVersionMatch=NotOlderThan&limit=5', { revision: undefined }],
    ['resourceVersion=0&resourceVersionMatch=NotOlderThan', { revision: undefined }],
    [`continue=${encodeContinue(1, 'a/b')}`, { revision: 1, after: 'a/b' }],
    [`continue=${encodeContinue(1, 'a/b')}&resourceVersion=0`, { revision: 1, after: 'a/b' }],
    [`continue=${encodeContinue(-1, 'a/b')}`, { revision: undefined, after: 'a/b' }],
  ])('reads %s', (query, expected) => {
    expect(readListVersion(store, new URLSearchParams(query))).toMatchObject(expected)
  })
})
