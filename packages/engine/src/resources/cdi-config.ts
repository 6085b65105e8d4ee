/** CDI's configuration, as far as the engine honours it: the way imports take, and where clients send uploads. */

import { resources } from '@berth/api'
import type { ResourceDefinition } from '@berth/apiserver'
import { deepEqual, isJsonObject, type StatusCause } from '@berth/meta'
import { allSchemas } from './schemas.ts'
import { typed } from './typed.ts'
import { isEngine } from './who.ts'

/** Members of `spec`; those of the proxy one by one. */
const honoured: ReadonlySet<string> = new Set([
  'importProxy.HTTPProxy',
  'importProxy.HTTPSProxy',
  'importProxy.noProxy',
  'insecureRegistries',
  'uploadProxyURLOverride',
])

export function cdiConfigDefinition(): ResourceDefinition {
  return {
    ...typed(resources.cdiConfig, allSchemas),
    rules: {
      validate(object, previous, { user }): StatusCause[] {
        if (isEngine(user)) return []
        if (object.metadata.name !== 'config') return [forbidden('metadata.name', 'there is one, named "config"')]
        const status = deepEqual(object['status'], previous?.['status'])
          ? []
          : [forbidden('status', 'the engine says how it is')]
        return [...status, ...ignored(object['spec'])]
      },
    },
  }
}

function ignored(spec: unknown): StatusCause[] {
  if (!isJsonObject(spec)) return []
  return Object.entries(spec).flatMap(([name, value]) => {
    const members =
      name === 'importProxy' && isJsonObject(value) ? Object.keys(value).map((key) => `${name}.${key}`) : [name]
    return members
      .filter((member) => !honoured.has(member))
      .map((member) => forbidden(`spec.${member}`, 'the embedded engine does not honour this field'))
  })
}

function forbidden(field: string, message: string): StatusCause {
  return { reason: 'FieldValueForbidden', field, message }
}
