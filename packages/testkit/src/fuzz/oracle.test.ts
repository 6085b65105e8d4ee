import { describe, expect, it } from 'vitest'
import { memoryGrowth } from './growth.ts'
import { judge, type FuzzAnswer } from './oracle.ts'
import { randomFrom } from './random.ts'
import { makeRequest, type FuzzRequest } from './requests.ts'

const get = (path: string): FuzzRequest => ({ method: 'GET', path, headers: {}, body: Buffer.alloc(0) })
const json = (code: number, body: unknown, ms = 1): FuzzAnswer => ({
  code,
  contentType: 'application/json',
  text: typeof body === 'string' ? body : JSON.stringify(body),
  ms,
})
const status = (code: number, more: object = {}): object => ({
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  reason: 'R',
  message: 'm',
  code,
  ...more,
})

describe('the oracle', () => {
  it.each<[string, string, FuzzAnswer]>([
    ['an object', '/api/v1/x', json(200, { kind: 'X', apiVersion: 'v1' })],
    ['a refusal', '/api/v1/x', json(422, status(422))],
    ['words of health', '/healthz', { code: 200, contentType: 'text/plain', text: 'ok', ms: 1 }],
    [
      'an eviction under two budgets',
      '/api/v1/namespaces/a/pods/b/eviction',
      json(500, status(500, { message: 'This pod has more than one PodDisruptionBudget, which …' })),
    ],
    ['a revision of the future', '/api/v1/x?resourceVersion=9', json(504, status(504))],
  ])('is content with %s', (_, path, answer) => {
    expect(judge(get(path), answer)).toBeUndefined()
  })

  it.each<[string, FuzzAnswer, RegExp]>([
    ['a failure', json(500, status(500)), /answered 500/],
    [
      'the same failure elsewhere',
      json(500, status(500, { message: 'more than one PodDisruptionBudget' })),
      /answered 500/,
    ],
    ['a code that is none of an API server', json(418, status(418)), /answered 418/],
    ['half an answer', json(200, '{"kind":'), /JSON that is none/],
    ['an object without a kind', json(200, { apiVersion: 'v1' }), /without a kind/],
    ['a refusal that is no Status', json(404, { kind: 'X', apiVersion: 'v1' }), /404 with a X/],
    ['a Status of another code', json(404, status(400)), /another code/],
    ['a Status without a message', json(404, status(404, { message: '' })), /without a reason/],
    ['minutes of thought', json(200, { kind: 'X', apiVersion: 'v1' }, 60_000), /took 60000 ms/],
  ])('finds %s wrong', (_, answer, problem) => {
    expect(judge(get('/api/v1/x'), answer)).toMatch(problem)
  })
})

describe('growth', () => {
  const rounds = (heap: (index: number) => number, handles: (index: number) => number) =>
    Array.from({ length: 9 }, (_, index) => ({ heapBytes: heap(index), handles: handles(index) }))
  const mebibyte = 1024 * 1024

  it('is not what comes and goes', () => {
    expect(
      memoryGrowth(
        rounds(
          (index) => (60 + (index % 3) * 40) * mebibyte,
          (index) => 50 + (index % 2),
        ),
      ),
    ).toEqual([])
  })

  it('is what stays', () => {
    expect(
      memoryGrowth(
        rounds(
          (index) => index * 30 * mebibyte,
          (index) => index * 10,
        ),
      ),
    ).toEqual(['memory grew by 90 MiB', '30 more file handles are open'])
  })
})

it('makes the same requests of the same seed', () => {
  const some = (seed: number): FuzzRequest[] => {
    const random = randomFrom(seed)
    return Array.from({ length: 200 }, () => makeRequest(random))
  }
  expect(some(5)).toEqual(some(5))
  expect(some(5)).not.toEqual(some(6))
})
