import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseReference, showReference } from './reference.ts'

const hex = 'a'.repeat(64)
/** What most often is one. */
const names = fc
  .array(
    fc.constantFrom('a', 'B', 'localhost', 'index', 'docker.io', ':5', '[::1]', '.', '/', '-', '_', `@sha256:${hex}`),
    {
      maxLength: 8,
    },
  )
  .map((parts) => parts.join(''))

describe('parseReference', () => {
  it.each([
    ['fedora', 'docker.io/library/fedora:latest'],
    ['fedora:40', 'docker.io/library/fedora:40'],
    ['team/fedora', 'docker.io/team/fedora:latest'],
    ['docker.io/fedora', 'docker.io/library/fedora:latest'],
    ['index.docker.io/team/a', 'docker.io/team/a:latest'],
    ['Index.Docker.io/fedora', 'docker.io/library/fedora:latest'],
    ['DOCKER.IO/fedora', 'docker.io/library/fedora:latest'],
    ['Nas/fedora', 'NAS/fedora:latest'],
    ['NAS/fedora', 'NAS/fedora:latest'],
    ['LocalHost/a', 'localhost/a:latest'],
    ['quay.io/containerdisks/fedora:40', 'quay.io/containerdisks/fedora:40'],
    ['Quay.IO/containerdisks/fedora:40', 'quay.io/containerdisks/fedora:40'],
    ['localhost/a', 'localhost/a:latest'],
    ['localhost:5000/a/b:c', 'localhost:5000/a/b:c'],
    ['[::1]:5000/a', '[::1]:5000/a:latest'],
    [`a/b@sha256:${hex}`, `docker.io/a/b@sha256:${hex}`],
    [`a/b:tag@sha256:${hex}`, `docker.io/a/b@sha256:${hex}`],
  ])('reads %s', (text, whole) => {
    expect(showReference(parseReference(text))).toBe(whole)
  })

  it.each([
    '',
    'A',
    'a b',
    '/a',
    'a/',
    'a//b',
    'a:',
    'a:b:c',
    '-a',
    'a..b',
    'a/../b',
    'a@sha256:12',
    `a@md5:${'a'.repeat(32)}`,
    'https://quay.io/a',
    'quay.io:99999999/a',
    'host..name/a',
    'quay.io/a?x',
    'quay.io/a#x',
    `quay.io/${'a'.repeat(256)}`,
    'user@quay.io/a',
  ])('refuses %j', (text) => {
    expect(() => parseReference(text)).toThrow(expect.objectContaining({ code: 'InvalidArgument' }))
  })

  it('reads what it shows, and never anything that changes an address', () => {
    fc.assert(
      fc.property(fc.oneof(names, fc.string({ unit: 'binary-ascii', maxLength: 40 })), (text) => {
        try {
          const reference = parseReference(text)
          expect(parseReference(showReference(reference))).toEqual(
            reference.digest === undefined ? reference : { ...reference, tag: undefined },
          )
          const url = new URL(`https://${reference.registry}/v2/${reference.repository}/manifests/x`)
          expect(url.username + url.search + url.hash).toBe('')
          expect(url.pathname).toBe(`/v2/${reference.repository}/manifests/x`)
        } catch (error) {
          expect(error).toMatchObject({ code: 'InvalidArgument' })
        }
      }),
    )
  })
})
