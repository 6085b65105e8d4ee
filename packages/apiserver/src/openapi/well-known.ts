/**
 * Definitions that Kubernetes writes by hand because their JSON differs from their Go type. They are given in OpenAPI directly:
 * clients recognise them by name and shape.
 */

import type { JsonObject } from '@berth/meta'

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1'

/** `Schema.format` values that stand for a named definition. */
export const wellKnownFormats: Readonly<Record<string, string>> = {
  quantity: 'io.k8s.apimachinery.pkg.api.resource.Quantity',
  duration: `${meta}.Duration`,
  'date-time': `${meta}.Time`,
}

/** The same in v2 and v3 except IntOrString, which v3 can say exactly. */
export const wellKnownDefinitions: Readonly<Record<string, { v2: JsonObject; v3: JsonObject }>> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': {
    v2: {
      description: 'A decimal number with an optional SI or binary suffix, such as 500m, 2Gi or 1e3.',
      type: 'string',
    },
    v3: {
      description: 'A decimal number with an optional SI or binary suffix, such as 500m, 2Gi or 1e3.',
      oneOf: [{ type: 'string' }, { type: 'number' }],
    },
  },
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': {
    v2: {
      description: 'An integer, or a string such as a port name or a percentage.',
      type: 'string',
      format: 'int-or-string',
    },
    v3: {
      description: 'An integer, or a string such as a port name or a percentage.',
      format: 'int-or-string',
      oneOf: [{ type: 'integer' }, { type: 'string' }],
    },
  },
  [`${meta}.Time`]: both({ description: 'A moment in RFC 3339 form.', type: 'string', format: 'date-time' }),
  [`${meta}.MicroTime`]: both({
    description: 'A moment in RFC 3339 form with microseconds.',
    type: 'string',
    format: 'date-time',
  }),
  [`${meta}.Duration`]: both({ description: 'A length of time such as 90s, 5m or 1h30m.', type: 'string' }),
  [`${meta}.FieldsV1`]: both({ description: 'A set of fields, as a tree of their names.', type: 'object' }),
  [`${meta}.Patch`]: both({ description: 'Changes to an object, in the form its content type names.', type: 'object' }),
  'io.k8s.apimachinery.pkg.runtime.RawExtension': both({ description: 'An object of any kind.', type: 'object' }),
}

function both(json: JsonObject): { v2: JsonObject; v3: JsonObject } {
  return { v2: json, v3: json }
}

export const objectMetaName = `${meta}.ObjectMeta`
export const listMetaName = `${meta}.ListMeta`
export const deleteOptionsName = `${meta}.DeleteOptions`
export const statusName = `${meta}.Status`
export const patchName = `${meta}.Patch`
