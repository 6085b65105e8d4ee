import { describe, expect, it } from 'vitest'
import {
  missingOfAccess,
  signInSecret,
  trustedCertificates,
  type SourceSignIn,
  type SourceTrust,
} from './source-access.ts'

const pem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'
const place = { namespace: 'team', name: 'd'.repeat(63) }

describe('what is kept beside a disk', () => {
  it('is a Secret with the keys that imports read, under a name nobody has', () => {
    const secret = signInSecret(place, { kind: 'typed', user: 'berth', password: ' a b ' })
    expect(secret).toMatchObject({ kind: 'Secret', stringData: { accessKeyId: 'berth', secretKey: ' a b ' } })
    expect(secret.metadata).toEqual({ namespace: 'team', generateName: `${'d'.repeat(40)}-sign-in-` })
  })

  it('is a ConfigMap with the certificates', () => {
    const map = trustedCertificates(place, { kind: 'typed', certificates: `\n${pem}` })
    expect(map).toMatchObject({ kind: 'ConfigMap', data: { 'ca.pem': `${pem}\n` } })
  })
})

const nobody: SourceSignIn = { kind: 'nobody' }
const usual: SourceTrust = { kind: 'usual' }

it.each<[ReturnType<typeof missingOfAccess>, SourceSignIn, SourceTrust]>([
  [undefined, nobody, usual],
  ['noUser', { kind: 'typed', user: 'a', password: '' }, usual],
  ['noUser', { kind: 'typed', user: '', password: 'b' }, usual],
  [undefined, { kind: 'typed', user: 'a', password: 'b' }, usual],
  ['noSecret', { kind: 'secret', name: '' }, usual],
  [undefined, { kind: 'secret', name: 'login' }, usual],
  ['noCertificates', nobody, { kind: 'typed', certificates: 'AAAA' }],
  [undefined, nobody, { kind: 'typed', certificates: pem }],
  ['noMap', nobody, { kind: 'map', name: '' }],
  [undefined, nobody, { kind: 'map', name: 'authorities' }],
])('%s is missing', (missing, signIn, trust) => {
  expect(missingOfAccess(signIn, trust)).toBe(missing)
})
