/** Which members an AuthenticationConfiguration has, and of which type: a misspelt rule must not be no rule. */

import { isJsonObject, type Json, type JsonObject, type StatusCause } from '@berth/meta'

type Shape = 'text' | 'any' | { readonly list: Shape } | { readonly [member: string]: Shape }

const claimOrExpression: Shape = { claim: 'text', prefix: 'text', expression: 'text' }

const shape: Shape = {
  apiVersion: 'text',
  kind: 'text',
  anonymous: 'any',
  jwt: {
    list: {
      issuer: {
        url: 'text',
        discoveryURL: 'text',
        certificateAuthority: 'text',
        audiences: { list: 'text' },
        audienceMatchPolicy: 'text',
      },
      claimMappings: {
        username: claimOrExpression,
        groups: claimOrExpression,
        uid: { claim: 'text', expression: 'text' },
        extra: { list: { key: 'text', valueExpression: 'text' } },
      },
      claimValidationRules: { list: { claim: 'text', requiredValue: 'text', expression: 'text', message: 'text' } },
      userValidationRules: { list: { expression: 'text', message: 'text' } },
    },
  },
}

export function unknownFields(configuration: JsonObject): StatusCause[] {
  return check(configuration, shape, '')
}

function check(value: Json, wanted: Shape, path: string): StatusCause[] {
  const wrong = (message: string): StatusCause[] => [{ reason: 'FieldValueInvalid', field: path, message }]
  if (wanted === 'any') return []
  if (wanted === 'text') return typeof value === 'string' ? [] : wrong('must be a text')
  if (isList(wanted)) {
    if (!Array.isArray(value)) return wrong('must be a list')
    return value.flatMap((item, index) => check(item, wanted.list, `${path}[${index}]`))
  }
  if (!isJsonObject(value)) return wrong('must be an object')
  return Object.entries(value).flatMap(([key, member]) => {
    const field = path === '' ? key : `${path}.${key}`
    const known = Object.hasOwn(wanted, key) ? wanted[key] : undefined
    if (known === undefined) return [{ reason: 'FieldValueInvalid', field, message: 'unknown field' }]
    return check(member, known, field)
  })
}

function isList(wanted: Exclude<Shape, string>): wanted is { readonly list: Shape } {
  return Object.hasOwn(wanted, 'list')
}
