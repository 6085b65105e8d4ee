/** What `Allow` says beside a 405. */

import { verbsOf, type ResourceVerb } from '../resource/traits.ts'
import type { ResourceRoute, Route } from './route.ts'

const objectMethods: readonly (readonly [ResourceVerb, readonly string[]])[] = [
  ['get', ['GET', 'HEAD']],
  ['update', ['PUT']],
  ['patch', ['PATCH']],
  ['delete', ['DELETE']],
]

const collectionMethods: readonly (readonly [ResourceVerb, readonly string[]])[] = [
  ['list', ['GET', 'HEAD']],
  ['create', ['POST']],
  ['deletecollection', ['DELETE']],
]

export function allowedMethods(route: Route): string {
  return (route.kind === 'path' ? ['GET', 'HEAD'] : resourceMethods(route)).join(', ')
}

function resourceMethods({ definition, name, subresource, namespace }: ResourceRoute): readonly string[] {
  if (definition === undefined) return []
  const known = subresource !== undefined && Object.hasOwn(definition.subresources ?? {}, subresource)
  const own = name === undefined ? definition.collection : known ? definition.subresources?.[subresource] : undefined
  if (own !== undefined) return own.methods.includes('GET') ? [...own.methods, 'HEAD'] : own.methods
  if (subresource !== undefined) return ['GET', 'HEAD', 'PUT', 'PATCH']
  const verbs = verbsOf(definition)
  const everywhere = definition.namespaced && namespace === undefined
  const methods = name === undefined ? collectionMethods : objectMethods
  return methods
    .filter(([verb]) => verbs.includes(verb) && !(name === undefined && everywhere && verb !== 'list'))
    .flatMap(([, each]) => each)
}
