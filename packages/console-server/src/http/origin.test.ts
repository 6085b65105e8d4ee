import { describe, expect, it } from 'vitest'
import { hostProblem, knownAddresses, originProblem, siteProblem } from './origin.ts'

const known = knownAddresses({
  scheme: 'http',
  port: 7480,
  names: ['127.0.0.1', 'localhost', '::1'],
  publicUrls: ['https://berth.example.org', 'https://other.example.org:8443/console'],
})

describe('who asks', () => {
  it.each([
    '127.0.0.1:7480',
    'localhost:7480',
    'LOCALHOST:7480',
    '[::1]:7480',
    'berth.example.org',
    'other.example.org:8443',
  ])('is answered under the name %s', (host) => expect(hostProblem({ host }, known)).toBeUndefined())
  it.each([
    undefined,
    '',
    '127.0.0.1',
    'localhost:7481',
    'evil.example',
    'berth.example.org.evil.example',
    'berth.example.org:443',
    'localhost:7480@evil.example',
  ])('is not answered under the name %s', (host) => expect(hostProblem({ host }, known)).toBeDefined())
  it.each(['http://127.0.0.1:7480', 'http://[::1]:7480', 'https://berth.example.org'])('may be the page %s', (origin) =>
    expect(originProblem({ origin }, known)).toBeUndefined(),
  )
  it.each([
    undefined,
    '',
    'null',
    'https://127.0.0.1:7480',
    'http://127.0.0.1:7481',
    'http://berth.example.org',
    'https://berth.example.org/',
    'https://evil.example',
  ])('may not be the page %s', (origin) => expect(originProblem({ origin }, known)).toBeDefined())
  it.each([
    [undefined, true],
    ['same-origin', true],
    ['none', true],
    ['same-site', false],
    ['cross-site', false],
    ['', false],
  ])('with Sec-Fetch-Site %s is let in to read: %s', (site, allowed) =>
    expect(siteProblem({ 'sec-fetch-site': site }) === undefined).toBe(allowed),
  )
})
