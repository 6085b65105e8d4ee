/** The scale subresource: three fields of an object, read, updated, patched and applied as autoscaling/v1 Scale. */

import {
  applyJsonPatch,
  applyMergePatch,
  badRequest,
  conflict,
  invalid,
  validate,
  type Json,
  type JsonObject,
} from '@berth/meta'
import { attributesOfWrite, writeOptionsOf } from '../admission/attributes.ts'
import { applyConfig } from '../fieldmanager/apply.ts'
import { applyConflict } from '../fieldmanager/conflicts.ts'
import { readManagers, type Managers } from '../fieldmanager/managers.ts'
import type { ScalePaths, ScaleSubresource } from '../resource/definition.ts'
import type { ApiAnswer } from '../transport.ts'
import { answerValue, decodeFor } from './answer.ts'
import type { ApiObject } from './api-object.ts'
import { applyPatch, readApply } from './apply.ts'
import { contentTypeOf, requireDocument, unsupportedMediaType } from './body.ts'
import type { ObjectCall } from './call.ts'
import { decodeObject } from './decode-object.ts'
import { currentOf } from './get.ts'
import { managedKind, recordChange, servedOwners, setManagers, writeOf } from './managed-fields.ts'
import { parseJson } from './parse-json.ts'
import { checkOperations, refusePatch } from './patch.ts'
import { isStoreConflict, placeOf, settled } from './persist.ts'
import { storeReplacement } from './replace.ts'
import {
  ownersAfterScale,
  replicasOf,
  scaled,
  scaleDefinition,
  scaleOf,
  scaleOwners,
  scaleToChange,
  scaleVersion,
} from './scale-form.ts'
import { checkPlace, conflictTries, keepOnUpdate, modified } from './server-fields.ts'
import { stateOf } from './stored-form.ts'
import { checkFieldManager, readFieldValidation, readForce } from './write-options.ts'

const subresource = 'scale'
const jsonPatch = 'application/json-patch+json'
const mergePatch = 'application/merge-patch+json'

/** What a client wants of a scale, and who owns what of the object then; its owners are recorded unless given. */
interface Change {
  scale: ApiObject
  owners?: Managers
}
type Changing = (previous: ApiObject) => Change

export function scaleVerbs({
  scale: paths,
}: ScaleSubresource): Record<string, (call: ObjectCall) => Promise<ApiAnswer>> {
  return {
    get: async (call) => answer(call, paths, currentOf(call).value),
    update: async (call) => write(call, paths, await updating(call)),
    patch: async (call) => {
      const applies = contentTypeOf(call.request) === applyPatch
      return write(call, paths, applies ? await applying(call, paths) : await patching(call, paths))
    },
  }
}

/** The same request, as one on a Scale. */
function asScale(call: ObjectCall): ObjectCall {
  const { namespaced } = call.definition
  return { ...call, definition: { ...scaleDefinition, namespaced }, version: 'v1' }
}

function answer(call: ObjectCall, paths: ScalePaths, value: Buffer): ApiAnswer {
  return answerValue({ ...call.representation, as: 'object' }, 200, scaleOf(paths, decodeFor(call, value)))
}

async function updating(call: ObjectCall): Promise<Changing> {
  const { request } = call
  const fieldValidation = readFieldValidation('update', request.query)
  checkFieldManager('update', request.query)
  const document = await requireDocument(asScale(call))
  const { duplicates } = document
  return () => ({ scale: decodeObject(asScale(call), { value: document.value, duplicates }, { fieldValidation }) })
}

async function patching(call: ObjectCall, paths: ScalePaths): Promise<Changing> {
  const { request, services } = call
  const type = contentTypeOf(request)
  if (type !== jsonPatch && type !== mergePatch) throw unsupportedMediaType([jsonPatch, mergePatch, applyPatch])
  const fieldValidation = readFieldValidation('patch', request.query)
  readForce(request.query, false)
  checkFieldManager('patch', request.query)
  const document = parseJson(await request.body(), services.limits.jsonDepth)
  checkOperations(document.value, services.limits.patchOperations)
  const duplicates = type === jsonPatch ? [] : document.duplicates
  const refuse = (problems: string): Error => refusePatch(asScale(call), document.value, problems)
  return (previous) => {
    const base = scaleToChange(paths, previous)
    const value: Json =
      type === jsonPatch ? applyJsonPatch<JsonObject>(base, document.value) : applyMergePatch(base, document.value)
    return { scale: decodeObject(asScale(call), { value, duplicates }, { fieldValidation, refuse }) }
  }
}

async function applying(call: ObjectCall, paths: ScalePaths): Promise<Changing> {
  const scaleCall = asScale(call)
  const { config: whole, force } = await readApply(scaleCall)
  const { status: _, ...config } = whole
  const own = writeOf(call, subresource)
  return (previous) => {
    const managers = servedOwners(call, readManagers(previous.metadata.managedFields))
    const applied = applyConfig({
      live: scaleToChange(paths, previous),
      config: structuredClone(config),
      managers: scaleOwners(paths, managers),
      kind: managedKind(scaleCall),
      write: { ...own, apiVersion: scaleVersion },
      force,
    })
    if (applied.kind === 'conflicts') throw applyConflict(applied.conflicts)
    const document = { value: applied.object, duplicates: [] }
    return {
      scale: decodeObject(scaleCall, document, { fieldValidation: 'Ignore' }),
      owners: ownersAfterScale(paths, { managers, scale: applied.managers, write: own }),
    }
  }
}

async function write(call: ObjectCall, paths: ScalePaths, changing: Changing): Promise<ApiAnswer> {
  const { collection, key } = placeOf(call, call.name)
  const value = await call.services.locks.run(`${collection}/${key}`, async () => {
    for (let failures = 0; ; failures += 1) {
      const current = currentOf(call)
      const previous = stateOf(call.definition, call.version, current.value)
      const change = changing(previous)
      const named = call.request.method === 'PUT' && (change.scale.metadata.resourceVersion ?? '') !== ''
      try {
        const { object, settle } = await admit(call, paths, { ...change, previous })
        return (await settled(call, settle, () => storeReplacement(call, { current, previous, object }))).value
      } catch (error) {
        if (!isStoreConflict(error)) throw error
        if (named || failures + 1 >= conflictTries) throw conflict(call.definition, call.name, modified)
      }
    }
  })
  return answer(call, paths, value)
}

/** Plug-ins see the scale; the kind's schema and rules see the object. */
async function admit(
  call: ObjectCall,
  paths: ScalePaths,
  { scale, owners, previous }: Change & { previous: ApiObject },
) {
  const { admission, registry } = call.services
  const { definition, name } = call
  checkPlace(call, scale, name)
  const attributes = attributesOfWrite(call, {
    operation: 'UPDATE',
    subresource,
    name,
    object: scale,
    oldObject: scaleOf(paths, previous),
    options: writeOptionsOf(call, call.request.method === 'PATCH' ? 'PatchOptions' : 'UpdateOptions'),
  })
  const { resourceVersion, uid } = scale.metadata
  await admission.mutate(attributes)
  const replicas = replicasOf(scale)
  if (replicas === undefined) {
    throw badRequest(`the spec replicas field "${paths.specReplicasPath}" cannot be empty`)
  }
  const object = scaled(paths, previous, { replicas, resourceVersion, uid })
  const causes = keepOnUpdate(call, object, previous)
  if (owners === undefined) causes.push(...recordChange(call, object, { previous, sent: undefined, subresource }))
  else setManagers(object, owners)
  const checked =
    definition.check?.({ object, previous, part: 'main' }) ?? validate(object, definition.schema, registry.schemas)
  const found = [...causes, ...checked]
  if (found.length > 0) throw invalid(definition, name, found)
  return { object, settle: await admission.validate(attributes) }
}
