/** The resources of rbac.authorization.k8s.io. */

import type { SchemaSet } from '@berth/meta'
import { ageColumn, builtIn, nameColumn, text, type CoreObject } from '../../core/built-in.ts'
import { objectAt, objectsAt, textAt } from '../../core/fields.ts'
import type { ResourceDefinition } from '../../resource/definition.ts'
import type { RbacAuthorizer } from '../rbac.ts'
import { rbacGroup } from './binding.ts'
import { checkBindingEscalation, checkRoleEscalation } from './escalation.ts'
import { defaultBinding, validateBinding, validateRole } from './validate.ts'

const createdColumn = text('Created At', (object) => object.metadata.creationTimestamp ?? '')

/** roles, clusterroles, rolebindings, clusterrolebindings; writes are checked against handing out more than one has. */
export function rbacResources(schemas: SchemaSet, authorizer: RbacAuthorizer): ResourceDefinition[] {
  return [
    binding({ schemas, authorizer, namespaced: false }),
    role({ schemas, authorizer, namespaced: false }),
    binding({ schemas, authorizer, namespaced: true }),
    role({ schemas, authorizer, namespaced: true }),
  ]
}

interface Part {
  schemas: SchemaSet
  authorizer: RbacAuthorizer
  namespaced: boolean
}

function role({ schemas, authorizer, namespaced }: Part): ResourceDefinition {
  const resource = namespaced ? 'roles' : 'clusterroles'
  return builtIn(schemas, {
    apiPackage: 'rbac.v1',
    group: rbacGroup,
    kind: namespaced ? 'Role' : 'ClusterRole',
    resource,
    namespaced,
    nameKind: 'pathSegment',
    columns: [nameColumn, createdColumn],
    rules: {
      validate(object, previous, context) {
        const causes = validateRole(object, namespaced)
        if (causes.length === 0) checkRoleEscalation(authorizer, { resource, object, previous, context })
        return causes
      },
    },
  })
}

function binding({ schemas, authorizer, namespaced }: Part): ResourceDefinition {
  const resource = namespaced ? 'rolebindings' : 'clusterrolebindings'
  return builtIn(schemas, {
    apiPackage: 'rbac.v1',
    group: rbacGroup,
    kind: namespaced ? 'RoleBinding' : 'ClusterRoleBinding',
    resource,
    namespaced,
    nameKind: 'pathSegment',
    columns: [
      nameColumn,
      text(
        'Role',
        (object) => `${textAt(objectAt(object, 'roleRef'), 'kind')}/${textAt(objectAt(object, 'roleRef'), 'name')}`,
      ),
      ageColumn,
      text('Users', subjectsOf('User'), 1),
      text('Groups', subjectsOf('Group'), 1),
      text('ServiceAccounts', subjectsOf('ServiceAccount'), 1),
    ],
    rules: {
      default(object) {
        defaultBinding(object)
      },
      validate(object, previous, context) {
        const causes = validateBinding(object, previous, namespaced)
        if (causes.length === 0) checkBindingEscalation(authorizer, { resource, object, previous, context })
        return causes
      },
    },
  })
}

function subjectsOf(kind: string): (object: CoreObject) => string {
  return (object) =>
    objectsAt(object, 'subjects')
      .filter((subject) => textAt(subject, 'kind') === kind)
      .map((subject) => {
        const namespace = textAt(subject, 'namespace')
        return namespace === '' ? textAt(subject, 'name') : `${namespace}/${textAt(subject, 'name')}`
      })
      .join(', ')
}
