import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '@berth/meta'
import { parseAuthenticationConfiguration, readAuthenticationConfiguration } from './configuration.ts'
import { OidcError } from './errors.ts'
import { simpleOidcIssuer } from './simple-options.ts'

const url = 'https://issuer.example'

interface Parts {
  issuer?: JsonObject
  claimMappings?: JsonObject
  [member: string]: JsonObject | JsonObject[] | undefined
}

function configuration(parts: Parts = {}, more: JsonObject = {}): JsonObject {
  const { issuer = {}, claimMappings = {}, ...rest } = parts
  return {
    apiVersion: 'apiserver.config.k8s.io/v1beta1',
    kind: 'AuthenticationConfiguration',
    jwt: [
      {
        issuer: { url, audiences: ['berth'], ...issuer },
        claimMappings: { username: { claim: 'sub', prefix: '' }, ...claimMappings },
        ...(rest as JsonObject),
      },
    ],
    ...more,
  }
}

test('a whole configuration', async () => {
  const text = `
apiVersion: apiserver.config.k8s.io/v1beta1
kind: AuthenticationConfiguration
jwt:
- issuer:
    url: https://issuer.example
    discoveryURL: https://inside.example/.well-known/openid-configuration
    audiences: [a, b]
    audienceMatchPolicy: MatchAny
  claimMappings:
    username: {claim: sub, prefix: "oidc:"}
    groups: {expression: "claims.roles"}
    uid: {claim: sub}
    extra:
    - {key: example.com/tenant, valueExpression: claims.tenant}
  claimValidationRules:
  - {claim: hd, requiredValue: example.com}
  - {expression: "claims.age > 3", message: too young}
  userValidationRules:
  - {expression: "!user.username.startsWith('root')", message: not root}
`
  expect(await parseAuthenticationConfiguration(text)).toEqual([
    {
      url,
      discoveryUrl: 'https://inside.example/.well-known/openid-configuration',
      certificateAuthority: undefined,
      audiences: ['a', 'b'],
      username: { kind: 'claim', claim: 'sub', prefix: 'oidc:' },
      groups: { kind: 'expression', expression: 'claims.roles' },
      uid: { kind: 'claim', claim: 'sub', prefix: '' },
      extra: [{ key: 'example.com/tenant', expression: 'claims.tenant' }],
      claimRules: [
        { kind: 'claim', claim: 'hd', requiredValue: 'example.com' },
        { kind: 'expression', expression: 'claims.age > 3', message: 'too young' },
      ],
      userRules: [{ expression: "!user.username.startsWith('root')", message: 'not root' }],
      algorithms: expect.arrayContaining(['RS256', 'ES256', 'PS512']),
    },
  ])
  await expect(parseAuthenticationConfiguration('a: [')).rejects.toMatchObject({ code: 'InvalidConfiguration' })
})

describe('is refused', () => {
  const at = 'jwt[0]'
  test.each<[unknown, string]>([
    ['text', 'an AuthenticationConfiguration was expected'],
    [{ ...configuration(), apiVersion: 'v1' }, 'apiVersion: Unsupported value: "v1"'],
    [{ ...configuration(), kind: 'Other' }, 'kind: Unsupported value: "Other"'],
    [{ ...configuration(), jwts: [] }, 'jwts: unknown field'],
    [{ ...configuration(), anonymous: { enabled: true } }, 'anonymous: Forbidden'],
    [
      { ...configuration(), jwt: [...(configuration()['jwt'] as []), ...(configuration()['jwt'] as [])] },
      'jwt[1].issuer.url: Dup',
    ],
    [configuration({ issuer: { url: '' } }), `${at}.issuer.url: Required value: URL is required`],
    [configuration({ issuer: { url: 'http://a' } }), 'URL scheme must be https'],
    [configuration({ issuer: { url: 'https://a:b@c' } }), 'URL must not contain a username or password'],
    [configuration({ issuer: { url: 'https://a/?b' } }), 'URL must not contain a query'],
    [configuration({ issuer: { url: 'https://a/#b' } }), 'URL must not contain a fragment'],
    [configuration({ issuer: { url: 'https://own' } }), 'URL must not overlap with disallowed issuers: [https://own]'],
    [configuration({ issuer: { discoveryURL: `${url}/` } }), 'discoveryURL must be different from URL'],
    [configuration({ issuer: { audiences: [] } }), 'at least one jwt[].issuer.audiences is required'],
    [configuration({ issuer: { audiences: ['a', 'a'], audienceMatchPolicy: 'MatchAny' } }), 'audiences[1]: Duplicate'],
    [configuration({ issuer: { audiences: [''] } }), "audience can't be empty"],
    [
      configuration({ issuer: { audiences: ['a', 'b'] } }),
      'audienceMatchPolicy must be MatchAny for multiple audiences',
    ],
    [configuration({ issuer: { audienceMatchPolicy: 'All' } }), 'audienceMatchPolicy: Unsupported value: "All"'],
    [configuration({ issuer: { audiences: 'a' } }), `${at}.issuer.audiences: must be a list`],
    [configuration({ issuer: { certificateAuthority: 'x' } }), 'does not contain any valid RSA or ECDSA certificates'],
    [configuration({ claimMappings: { username: {} } }), 'username: Required value: claim or expression is required'],
    [configuration({ claimMappings: { username: { claim: 'sub' } } }), 'prefix is required when claim is set'],
    [
      configuration({ claimMappings: { username: { claim: 'a', expression: 'b' } } }),
      "claim and expression can't both be",
    ],
    [configuration({ claimMappings: { groups: { prefix: 'a' } } }), "non-empty prefix can't be set without claim"],
    [
      configuration({ claimMappings: { groups: { expression: 'a', prefix: '' } } }),
      "prefix can't be set when expression is",
    ],
    [
      configuration({ claimMappings: { username: { expression: 'claims.email' } } }),
      'claims.email_verified must be used in',
    ],
    [
      configuration({ claimMappings: { extra: [{ key: 'a', valueExpression: 'b' }] } }),
      'must be a domain-prefixed path',
    ],
    [configuration({ claimMappings: { extra: [{ key: 'a.b/C', valueExpression: 'b' }] } }), 'key must be lowercase'],
    [
      configuration({ claimMappings: { extra: [{ key: 'x.k8s.io/a', valueExpression: 'b' }] } }),
      'are reserved for Kuber',
    ],
    [configuration({ claimMappings: { extra: [{ key: 'a.b/c' }] } }), 'valueExpression: Required value'],
    [configuration({ claimValidationRules: [{}] }), 'claimValidationRules[0]: Required value: claim or expression is'],
    [configuration({ claimValidationRules: [{ claim: 'a', message: 'b' }] }), "message can't be set when claim is set"],
    [
      configuration({ claimValidationRules: [{ expression: 'a', requiredValue: 'b' }] }),
      "requiredValue can't be set when",
    ],
    [configuration({ userValidationRules: [{}] }), 'userValidationRules[0].expression: Required value'],
  ])('%j', (value, why) => {
    const read = (): unknown => readAuthenticationConfiguration(value, { reservedIssuers: ['https://own'] })
    expect(read).toThrow(
      expect.objectContaining({ code: 'InvalidConfiguration', message: expect.stringContaining(why) }),
    )
  })

  test('never with an address that somebody looked at', () => {
    const expression = "claims.email_verified ? claims.email : ''"
    expect(
      readAuthenticationConfiguration(configuration({ claimMappings: { username: { expression } } })),
    ).toHaveLength(1)
  })
})

describe('in a few words', () => {
  const simple = { issuerUrl: url, clientId: 'berth' }
  test.each([
    [{}, { claim: 'sub', prefix: `${url}#` }],
    [{ usernameClaim: 'email' }, { claim: 'email', prefix: '' }],
    [{ usernamePrefix: '-' }, { claim: 'sub', prefix: '' }],
    [
      { usernameClaim: 'email', usernamePrefix: 'x:' },
      { claim: 'email', prefix: 'x:' },
    ],
  ])('%j names users by %j', (options, username) => {
    expect(simpleOidcIssuer({ ...simple, ...options }).username).toEqual({ kind: 'claim', ...username })
  })

  test.each([
    [{ issuerUrl: 'http://a' }, /oidc-issuer-url.*https/],
    [{ clientId: '' }, /oidc-client-id: Required value/],
    [{ signingAlgorithms: ['HS256'] }, /oidc-signing-algs: Unsupported value: "HS256"/],
    [{ certificateAuthority: 'x' }, /oidc-ca-file/],
  ])('%j is refused', (options, why) => {
    expect(() => simpleOidcIssuer({ ...simple, ...options })).toThrow(why)
  })
})

test('whatever a file holds, it is read or refused as a whole', () => {
  const keys = ['issuer', 'claimMappings', 'username', 'groups', 'claim', 'prefix', 'expression', 'extra', 'key', 'url']
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom<unknown>('', 'x', url, 1, null, true),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...keys), tie('value'), { maxKeys: 4 }),
    ),
  }))
  fc.assert(
    fc.property(fc.constantFrom('issuer', 'claimMappings', 'claimValidationRules', 'other'), value, (key, member) => {
      const whole = configuration()
      const [entry] = whole['jwt'] as JsonObject[]
      try {
        readAuthenticationConfiguration({ ...whole, jwt: [{ ...entry, [key]: member }] })
      } catch (error) {
        expect(error).toBeInstanceOf(OidcError)
      }
    }),
  )
})
