/** The last steps before an object is written: schema defaults, the kind's own defaults, validation. */

import {
  applyDefaults,
  canonicalise,
  invalid,
  StatusError,
  validate,
  validateObjectMeta,
  type StatusCause,
} from '@berth/meta'
import { attributesOfWrite, type WriteFacts } from '../admission/attributes.ts'
import type { AdmissionAttributes, Settle } from '../admission/plugin.ts'
import type { ObjectPart, ResourceDefinition } from '../resource/definition.ts'
import type { ApiObject } from './api-object.ts'
import type { ResourceCall } from './call.ts'
import { identityOf, keepIdentity } from './keep-identity.ts'
import { keepOwners } from './managed-fields.ts'
import { noteWalked } from './settled.ts'

export interface AdmitOptions {
  previous: ApiObject | undefined
  /** `previous`, when the parts of it that are in the object too need no second look. */
  settled?: ApiObject | undefined
  /** Found by earlier steps; reported together with the rest. */
  causes?: StatusCause[]
  /** False skips the kind's rules but those of its status: such writes report what is, they do not ask. True unless given. */
  rules?: boolean
  /** The part of the object that is written, where a subresource says which: its check stands in place of the kind's. */
  part?: ObjectPart
  write: Pick<WriteFacts, 'operation' | 'subresource' | 'options'>
  /** Records the owners of what the client sent and what was defaulted, which what plug-ins change is no part of. */
  record?(object: ApiObject): StatusCause[]
}

/**
 * Completes `object` in place and refuses it when it is not valid, or a plug-in does not want it.
 * @returns to be told whether the object was stored
 * @throws {StatusError} Invalid with every cause, or what a plug-in refuses with
 */
export async function admit(call: ResourceCall, object: ApiObject, options: AdmitOptions): Promise<Settle> {
  const { previous, write } = options
  const attributes = attributesOfWrite(call, {
    ...write,
    name: object.metadata.name ?? '',
    object,
    oldObject: previous,
  })
  await complete(call, object, options, attributes)
  return call.services.admission.validate(attributes)
}

async function complete(
  call: ResourceCall,
  object: ApiObject,
  options: AdmitOptions,
  attributes: AdmissionAttributes,
): Promise<void> {
  const { definition, services } = call
  const { previous } = options
  const causes = [...(options.causes ?? [])]
  const { schemas } = services.registry
  const rules = options.rules === false ? undefined : definition.rules
  if (options.rules === false && previous !== undefined) definition.rules?.completeStatus?.(object, previous)
  let walk = { settled: options.settled }
  applyDefaults(object, definition.schema, schemas, walk)
  // What the rules of a custom kind fill in is, as in Kubernetes, no doing of the client's; with built-in kinds it is.
  const builtIn = definition.strategicMerge === true
  if (!builtIn) for (const cause of options.record?.(object) ?? []) causes.push(cause)
  let stumble: unknown
  try {
    await rules?.default?.(object, previous, call)
  } catch (error) {
    if (error instanceof StatusError) throw error
    // Defaults fill required fields too, so they run before the schema has vouched for the shape, and stumble over a wrong one.
    stumble = error
  }
  if (builtIn && stumble === undefined) for (const cause of options.record?.(object) ?? []) causes.push(cause)
  const mutators = stumble === undefined ? services.admission.mutators(attributes) : []
  if (mutators.length > 0) {
    const owners = object.metadata.managedFields
    const identity = identityOf(object)
    await services.admission.mutate(attributes, mutators)
    causes.push(...keepIdentity(object, identity, { definition, previous, subresource: options.write.subresource }))
    if (options.part !== undefined && previous !== undefined) {
      Object.assign(object, options.part.merge(object, previous, call))
    }
    keepOwners(object, owners)
    // What plug-ins have changed they may have changed in place.
    walk = { settled: undefined }
    applyDefaults(object, definition.schema, schemas, walk)
    await rules?.default?.(object, previous, call)
  }
  const found = [
    ...validateObjectMeta(object.metadata, {
      namespaced: definition.namespaced,
      ...(definition.nameKind === undefined ? {} : { nameKind: definition.nameKind }),
    }),
    ...causes,
    ...checked(call, object, { ...options, ...walk }),
  ]
  // A shape that is right, and yet the defaults failed: the fault is ours.
  if (stumble !== undefined && found.length === 0) throw stumble
  // Rules may rely on the schema, so they only see objects that fulfil it.
  if (found.length === 0) {
    // What clients of custom kinds wrote stays as they wrote it.
    if (definition.check === undefined) canonicalise(object, definition.schema, schemas, walk)
    // Most rules need not wait for anything, and neither do most writes then.
    const refused =
      options.rules === false ? definition.rules?.validateStatus?.(object) : rules?.validate?.(object, previous, call)
    if (refused !== undefined) for (const cause of await refused) found.push(cause)
  }
  if (found.length > 0) throw invalid(named(definition), object.metadata.name ?? '', found)
  const { subresource } = options.write
  if (definition.check === undefined && (subresource === '' || subresource === 'status')) noteWalked(object)
}

function checked(call: ResourceCall, object: ApiObject, options: AdmitOptions): StatusCause[] {
  const { definition, services } = call
  const { previous, part, rules, settled } = options
  const { schemas } = services.registry
  if (part !== undefined && previous !== undefined) {
    const { user, namespace, dryRun, now } = call
    return part.check(object, previous, { user, namespace, dryRun, now, warn: (text) => call.warn(text), schemas })
  }
  if (definition.check === undefined) return validate(object, definition.schema, schemas, { settled })
  return definition.check({ object, previous, part: rules === false ? 'status' : 'main' })
}

/** A kind that shows another's objects is refused by that other's name, as kube-apiserver does with events.k8s.io. */
function named({ group, kind, storedAs }: ResourceDefinition): { group: string; kind: string } {
  return { group: storedAs?.group ?? group, kind }
}
