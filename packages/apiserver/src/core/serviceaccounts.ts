/** Service accounts: identities inside the cluster; tokens for them come through the `token` subresource. */

import type { SchemaSet } from '@berth/meta'
import type { ResourceDefinition, Subresource } from '../resource/definition.ts'
import { ageColumn, builtIn } from './built-in.ts'
import { objectsAt } from './fields.ts'

export function serviceaccounts(schemas: SchemaSet, token: Subresource | undefined): ResourceDefinition {
  return builtIn(schemas, {
    apiPackage: 'core.v1',
    group: '',
    kind: 'ServiceAccount',
    resource: 'serviceaccounts',
    shortNames: ['sa'],
    namespaced: true,
    answersDeleted: true,
    columns: [{ name: 'Secrets', type: 'integer', value: (object) => objectsAt(object, 'secrets').length }, ageColumn],
    ...(token === undefined ? {} : { subresources: { token } }),
  })
}
