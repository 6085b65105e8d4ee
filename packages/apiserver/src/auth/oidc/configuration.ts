/**
 * AuthenticationConfiguration of apiserver.config.k8s.io (v1beta1, v1): which issuers' tokens are taken, and what their claims
 * mean (https://kubernetes.io/docs/reference/access-authn-authz/authentication/#using-authentication-configuration).
 */

import {
  duplicateValue,
  forbiddenValue,
  invalidValue,
  isJsonObject,
  requiredValue,
  unsupportedValue,
  type JsonObject,
  type StatusCause,
} from '@berth/meta'
import { objectAt, objectsAt, textAt, textsAt } from '../../core/fields.ts'
import { OidcError } from './errors.ts'
import {
  asymmetricAlgorithms,
  type ClaimRule,
  type ClaimSource,
  type IssuerOptions,
  type UserRule,
} from './issuer-options.ts'
import { authorityCauses, extraKeyCauses, urlCauses } from './configuration-fields.ts'
import { unknownFields } from './configuration-shape.ts'

export interface ConfigurationRules {
  /** Issuers that are this server's own: theirs are not for others to sign. */
  readonly reservedIssuers?: readonly string[]
}

const versions = ['apiserver.config.k8s.io/v1beta1', 'apiserver.config.k8s.io/v1']
const maxIssuers = 64
const remedy =
  'See https://kubernetes.io/docs/reference/access-authn-authz/authentication/#using-authentication-configuration for its fields.'

/**
 * @param value what a JSON or YAML file holds
 * @throws {OidcError} InvalidConfiguration with every fault
 */
export function readAuthenticationConfiguration(value: unknown, rules: ConfigurationRules = {}): IssuerOptions[] {
  if (!isJsonObject(value)) throw refused([{ message: 'an AuthenticationConfiguration was expected' }])
  const causes = unknownFields(value)
  const version = textAt(value, 'apiVersion')
  if (!versions.includes(version)) causes.push(unsupportedValue('apiVersion', version, versions))
  const kind = textAt(value, 'kind')
  if (kind !== 'AuthenticationConfiguration') {
    causes.push(unsupportedValue('kind', kind, ['AuthenticationConfiguration']))
  }
  if (value['anonymous'] !== undefined) {
    causes.push(forbiddenValue('anonymous', 'this server decides by RBAC what requests without credentials may do'))
  }
  const entries = objectsAt(value, 'jwt')
  if (entries.length > maxIssuers) causes.push(forbiddenValue('jwt', `must have at most ${maxIssuers} items`))
  const issuers = entries.map((entry, index) => readIssuer(new Fields(entry, `jwt[${index}]`, causes), rules))
  for (const part of ['url', 'discoveryUrl'] as const) {
    issuers.forEach((issuer, index) => {
      const earlier = issuers.slice(0, index).some((each) => issuer[part] !== undefined && each[part] === issuer[part])
      const field = `jwt[${index}].issuer.${part === 'url' ? 'url' : 'discoveryURL'}`
      if (earlier) causes.push(duplicateValue(field, issuer[part] ?? ''))
    })
  }
  if (causes.length > 0) throw refused(causes)
  return issuers
}

/** As {@link readAuthenticationConfiguration}, from the text of a YAML or JSON file. */
export async function parseAuthenticationConfiguration(
  text: string,
  rules: ConfigurationRules = {},
): Promise<IssuerOptions[]> {
  // Loaded only by those who have such a file.
  const { parse } = await import('yaml')
  let value: unknown
  try {
    value = parse(text, { maxAliasCount: 0 })
  } catch (error) {
    const message = `the authentication configuration is not YAML: ${String(error)}`
    throw new OidcError('InvalidConfiguration', message, { cause: error, remedy })
  }
  return readAuthenticationConfiguration(value, rules)
}

export function refused(causes: readonly StatusCause[]): OidcError {
  const texts = causes.map(({ field, message = '' }) => (field === undefined ? message : `${field}: ${message}`))
  const message = `the authentication configuration is not valid: ${texts.join('; ')}`
  return new OidcError('InvalidConfiguration', message, { remedy })
}

function readIssuer(entry: Fields, { reservedIssuers = [] }: ConfigurationRules): IssuerOptions {
  const issuer = entry.child('issuer')
  const url = issuer.text('url')
  issuer.add(urlCauses(`${issuer.path}.url`, url, 'URL'))
  if (reservedIssuers.includes(url)) issuer.refuse('url', url, `URL must not overlap with disallowed issuers: [${url}]`)
  const discoveryUrl = issuer.text('discoveryURL')
  if (discoveryUrl !== '') {
    issuer.add(urlCauses(`${issuer.path}.discoveryURL`, discoveryUrl, 'discoveryURL'))
    if (discoveryUrl.replace(/\/+$/, '') === url.replace(/\/+$/, '')) {
      issuer.refuse('discoveryURL', discoveryUrl, 'discoveryURL must be different from URL')
    }
  }
  const certificateAuthority = issuer.text('certificateAuthority')
  issuer.add(authorityCauses(`${issuer.path}.certificateAuthority`, certificateAuthority))
  const mappings = entry.child('claimMappings')
  const claimRules = entry.children('claimValidationRules').map(readClaimRule)
  const username = readSource(mappings.child('username'), 'needed')
  const options: IssuerOptions = {
    url,
    discoveryUrl: discoveryUrl === '' ? undefined : discoveryUrl,
    certificateAuthority: certificateAuthority === '' ? undefined : certificateAuthority,
    audiences: readAudiences(issuer),
    username: username ?? { kind: 'claim', claim: '', prefix: '' },
    groups: readSource(mappings.child('groups'), 'prefixed'),
    uid: readSource(mappings.child('uid'), 'plain'),
    extra: readExtra(mappings),
    claimRules,
    userRules: entry.children('userValidationRules').map(readUserRule),
    algorithms: asymmetricAlgorithms,
  }
  checkEmail(options, mappings)
  return options
}

function readAudiences(issuer: Fields): string[] {
  const audiences = textsAt(issuer.object, 'audiences')
  const policy = issuer.text('audienceMatchPolicy')
  if (audiences.length === 0) issuer.require('audiences', 'at least one jwt[].issuer.audiences is required')
  audiences.forEach((audience, index) => {
    if (audience === '') issuer.require(`audiences[${index}]`, "audience can't be empty")
    else if (audiences.indexOf(audience) < index) {
      issuer.add([duplicateValue(`${issuer.path}.audiences[${index}]`, audience)])
    }
  })
  if (policy !== '' && policy !== 'MatchAny') {
    issuer.add([unsupportedValue(`${issuer.path}.audienceMatchPolicy`, policy, ['MatchAny'])])
  } else if (audiences.length > 1 && policy === '') {
    issuer.refuse('audienceMatchPolicy', policy, 'audienceMatchPolicy must be MatchAny for multiple audiences')
  }
  return audiences
}

/** @param need `needed` for the name of the user; `prefixed` takes a prefix with a claim, `plain` none */
function readSource(source: Fields, need: 'needed' | 'prefixed' | 'plain'): ClaimSource | undefined {
  const claim = source.text('claim')
  const expression = source.text('expression')
  const prefix = source.object?.['prefix']
  if (claim !== '' && expression !== '') {
    source.refuse('', '', "claim and expression can't both be set")
    return undefined
  }
  if (expression !== '') {
    if (prefix !== undefined) source.refuse('prefix', prefix, "prefix can't be set when expression is set")
    return { kind: 'expression', expression }
  }
  if (claim === '') {
    if (need === 'needed') source.require('', 'claim or expression is required')
    else if (prefix !== undefined) source.refuse('prefix', prefix, "non-empty prefix can't be set without claim")
    return undefined
  }
  if (need !== 'plain' && typeof prefix !== 'string') {
    source.require(
      'prefix',
      'prefix is required when claim is set. It can be set to an empty string to disable prefixing',
    )
  }
  return { kind: 'claim', claim, prefix: typeof prefix === 'string' ? prefix : '' }
}

function readClaimRule(rule: Fields): ClaimRule {
  const claim = rule.text('claim')
  const expression = rule.text('expression')
  if (claim === '' && expression === '') rule.require('', 'claim or expression is required')
  if (claim !== '' && expression !== '') rule.refuse('', '', "claim and expression can't both be set")
  if (claim !== '') {
    if (rule.text('message') !== '')
      rule.refuse('message', rule.text('message'), "message can't be set when claim is set")
    return { kind: 'claim', claim, requiredValue: rule.text('requiredValue') }
  }
  if (rule.text('requiredValue') !== '') {
    rule.refuse('requiredValue', rule.text('requiredValue'), "requiredValue can't be set when expression is set")
  }
  return { kind: 'expression', expression, message: rule.text('message') }
}

function readUserRule(rule: Fields): UserRule {
  const expression = rule.text('expression')
  if (expression === '') rule.require('expression', 'expression is required')
  return { expression, message: rule.text('message') }
}

function readExtra(mappings: Fields): IssuerOptions['extra'] {
  const seen = new Set<string>()
  return mappings.children('extra').map((entry) => {
    const key = entry.text('key')
    const expression = entry.text('valueExpression')
    entry.add(extraKeyCauses(`${entry.path}.key`, key))
    if (seen.has(key)) entry.add([duplicateValue(`${entry.path}.key`, key)])
    seen.add(key)
    if (expression === '') entry.require('valueExpression', 'valueExpression is required')
    return { key, expression }
  })
}

/** Anybody may claim an address; only with `email_verified` has somebody looked. With a plain claim that is checked anyway. */
function checkEmail({ username, extra, claimRules }: IssuerOptions, mappings: Fields): void {
  if (username.kind !== 'expression' || !/\bclaims\.email\b/.test(username.expression)) return
  const expressions = [
    username.expression,
    ...extra.map((each) => each.expression),
    ...claimRules.map((rule) => (rule.kind === 'expression' ? rule.expression : '')),
  ]
  if (expressions.some((expression) => /\bclaims\.\??email_verified\b/.test(expression))) return
  mappings.refuse(
    'username.expression',
    username.expression,
    'claims.email_verified must be used in claimMappings.username.expression or claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when claims.email is used in claimMappings.username.expression',
  )
}

/** One object of the file with its place in it. */
class Fields {
  readonly object: JsonObject | undefined
  readonly path: string
  readonly #causes: StatusCause[]

  constructor(object: JsonObject | undefined, path: string, causes: StatusCause[]) {
    this.object = object
    this.path = path
    this.#causes = causes
  }

  text(key: string): string {
    return textAt(this.object, key)
  }

  child(key: string): Fields {
    return new Fields(objectAt(this.object, key), `${this.path}.${key}`, this.#causes)
  }

  children(key: string): Fields[] {
    return objectsAt(this.object, key).map(
      (each, index) => new Fields(each, `${this.path}.${key}[${index}]`, this.#causes),
    )
  }

  add(causes: readonly StatusCause[]): void {
    this.#causes.push(...causes)
  }

  require(key: string, why: string): void {
    this.#causes.push(requiredValue(this.#at(key), why))
  }

  refuse(key: string, value: Parameters<typeof invalidValue>[1], why: string): void {
    this.#causes.push(invalidValue(this.#at(key), value, why))
  }

  #at(key: string): string {
    return key === '' ? this.path : `${this.path}.${key}`
  }
}
