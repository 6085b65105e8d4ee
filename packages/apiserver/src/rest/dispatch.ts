/** From a routed request to the verb that serves it. */

import { StatusError } from '@berth/meta'
import type { ResourceDefinition } from '../resource/definition.ts'
import { verbsOf, type ResourceVerb } from '../resource/traits.ts'
import type { ResourceRoute } from '../server/route.ts'
import type { ApiAnswer } from '../transport.ts'
import type { ObjectCall, ResourceCall } from './call.ts'
import { create } from './create.ts'
import { deleteOne } from './delete.ts'
import { deleteCollection } from './deletecollection.ts'
import { get } from './get.ts'
import { list } from './list.ts'
import { patch } from './patch.ts'
import { scaleVerbs } from './scale.ts'
import { checkMethod, methodNotAllowed, serveSubresource } from './subresource.ts'
import { update } from './update.ts'
import { watch } from './watch.ts'
import type { WriteTarget } from './write-target.ts'

const collectionVerbs: Record<string, (call: ResourceCall) => Promise<ApiAnswer>> = {
  create,
  list,
  watch,
  deletecollection: deleteCollection,
}

const objectVerbs: Record<string, (call: ObjectCall) => Promise<ApiAnswer>> = {
  get,
  update: (call) => update(call, 'main'),
  patch: (call) => patch(call, 'main'),
  delete: deleteOne,
}

const statusVerbs = partVerbs('status')

function partVerbs(target: WriteTarget): Record<string, (call: ObjectCall) => Promise<ApiAnswer>> {
  return { get, update: (call) => update(call, target), patch: (call) => patch(call, target) }
}

/** @param why in place of the usual words */
export function resourceNotFound(why = 'the server could not find the requested resource'): StatusError {
  return new StatusError('NotFound', why, { details: {} })
}

/** @throws {StatusError} NotFound, MethodNotAllowed, and what the verbs throw */
export function dispatch(call: ResourceCall, route: ResourceRoute, verb: string): Promise<ApiAnswer> {
  const { definition } = call
  const { name, subresource, rest } = route
  if (name === undefined) return onCollection(call, verb)
  const objectCall: ObjectCall = { ...call, name }
  if (subresource === undefined) return run(objectVerbs, objectCall, { definition, verb })
  const own = Object.hasOwn(definition.subresources ?? {}, subresource)
    ? definition.subresources?.[subresource]
    : undefined
  if (own !== undefined) {
    if ('handle' in own)
      return serveSubresource(call, { subresource: own, path: [subresource, ...rest].join('/'), name, rest })
    if (rest.length > 0) throw resourceNotFound()
    checkMethod(call, own.methods)
    const verbs = 'part' in own ? partVerbs({ ...own.part, name: subresource }) : scaleVerbs(own)
    return run(verbs, objectCall, { definition, verb })
  }
  if (subresource !== 'status' || definition.status !== true || rest.length > 0) throw resourceNotFound()
  return run(statusVerbs, objectCall, { definition, verb })
}

function onCollection(call: ResourceCall, verb: string): Promise<ApiAnswer> {
  const { definition, namespace } = call
  if (definition.collection !== undefined) {
    return serveSubresource(call, { subresource: definition.collection, name: '', rest: [] })
  }
  // Objects are made in a namespace, and only emptied one namespace at a time.
  const everywhere = definition.namespaced && namespace === undefined
  if (everywhere && (verb === 'create' || verb === 'deletecollection')) throw methodNotAllowed()
  return run(collectionVerbs, call, { definition, verb })
}

function run<C extends ResourceCall>(
  table: Record<string, (call: C) => Promise<ApiAnswer>>,
  call: C,
  { definition, verb }: { definition: ResourceDefinition; verb: string },
): Promise<ApiAnswer> {
  const serve = Object.hasOwn(table, verb) ? table[verb] : undefined
  const allowed: readonly ResourceVerb[] = verbsOf(definition)
  if (serve === undefined || !allowed.some((each) => each === verb)) throw methodNotAllowed()
  return serve(call)
}
