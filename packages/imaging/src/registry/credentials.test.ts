import { describe, expect, it } from 'vitest'
import { parseReference } from '../oci/reference.ts'
import { credentialsFor, parseDockerCfg, parseDockerConfig } from './credentials.ts'

const auth = (user: string): { auth: string } => ({ auth: Buffer.from(`${user}:secret:1`).toString('base64') })
const userFor = (auths: object, image: string): string | undefined =>
  credentialsFor(parseReference(image), parseDockerConfig(JSON.stringify({ auths })))?.username

describe('credentials', () => {
  it.each<[string, object, string, string | undefined]>([
    ['the host', { 'quay.io': auth('q') }, 'quay.io/a/b', 'q'],
    ['an address with scheme and version', { 'https://quay.io/v2/': auth('q') }, 'quay.io/a/b', 'q'],
    ["docker's own spelling of its registry", { 'https://index.docker.io/v1/': auth('d') }, 'fedora', 'd'],
    ['the longest path', { 'quay.io': auth('q'), 'quay.io/a': auth('a'), 'quay.io/b': auth('b') }, 'quay.io/a/b', 'a'],
    ['a pattern', { '*.example.com': auth('e') }, 'registry.example.com/a', 'e'],
    ['not for more labels than the pattern has', { '*.com': auth('e') }, 'registry.example.com/a', undefined],
    ['not for another port', { 'quay.io': auth('q') }, 'quay.io:444/a', undefined],
    ['not for a path that only begins alike', { 'quay.io/team': auth('q') }, 'quay.io/teams/a', undefined],
    ['name and password by themselves', { 'quay.io': { username: 'u', password: 'p' } }, 'quay.io/a', 'u'],
    ['nothing that is broken', { 'quay.io': { auth: 'x' } }, 'quay.io/a', undefined],
  ])('takes %s', (_what, auths, image, user) => {
    expect(userFor(auths, image)).toBe(user)
  })

  it('keeps colons in the password, and reads the older form', () => {
    const [entry] = parseDockerCfg(JSON.stringify({ 'quay.io': { ...auth('u'), identitytoken: 't' } }))
    expect(entry).toEqual({ registry: 'quay.io', username: 'u', password: 'secret:1', identityToken: 't' })
  })

  it.each(['', 'null', '[]', 'x'])('refuses %j', (text) => {
    expect(() => parseDockerConfig(text)).toThrow(expect.objectContaining({ code: 'InvalidArgument' }))
  })
})
