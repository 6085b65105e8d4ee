/** ControllerRevisions (apps/v1): frozen copies of a specification; only the revision number may change. */

import { controllerOf, invalidValue, type SchemaSet, type StatusCause } from '@berth/meta'
import type { ResourceDefinition } from '../resource/definition.ts'
import { ageColumn, builtIn, text, type CoreObject } from './built-in.ts'
import { numberAt, sameContent } from './fields.ts'

function controllerText(object: CoreObject): string {
  const owner = controllerOf(object)
  if (owner === undefined) return '<none>'
  const group = owner.apiVersion.includes('/') ? `.${owner.apiVersion.split('/')[0]}` : ''
  return `${owner.kind.toLowerCase()}${group}/${owner.name}`
}

export function controllerrevisions(schemas: SchemaSet): ResourceDefinition {
  return builtIn(schemas, {
    apiPackage: 'apps.v1',
    group: 'apps',
    kind: 'ControllerRevision',
    resource: 'controllerrevisions',
    namespaced: true,
    columns: [text('Controller', controllerText), { name: 'Revision', type: 'integer', value: '.revision' }, ageColumn],
    rules: {
      validate(object, previous) {
        const causes: StatusCause[] = []
        if (numberAt(object, 'revision') < 0) {
          causes.push(invalidValue('revision', numberAt(object, 'revision'), 'must be greater than or equal to 0'))
        }
        if (previous !== undefined && !sameContent(object['data'], previous['data'])) {
          causes.push(invalidValue('data', '{}', 'field is immutable'))
        }
        return causes
      },
    },
  })
}
