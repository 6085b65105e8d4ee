/** Finds what a machine refers to: the revision taken of it where there is one, else the object as it is now. */

import {
  clusterInstancetypes,
  clusterPreferences,
  instancetypes,
  matcherScope,
  preferences,
  referenceKeys,
  references,
  revisionLabels,
  unexpectedKind,
  type Instancetype,
  type InstancetypeSpec,
  type Preference,
  type PreferenceSpec,
  type ReferenceKey,
  type References,
  type VirtualMachine,
} from '@berth/api'
import { messageOf } from '@berth/base'
import { isJsonObject, StatusError, type JsonObject, type Resource } from '@berth/meta'
import { controllerRevisions, type Client, type ControllerRevision } from '@berth/kube'

/** As much of a machine as its references are found by. */
export type Referring = Pick<VirtualMachine, 'metadata' | 'spec' | 'status'>

/** Why a machine's reference leads nowhere; `reason` is the one of the machine's Failure condition. */
export class ReferenceFailure extends Error {
  readonly reason: string

  constructor(reason: string, message: string, options: { cause?: unknown } = {}) {
    super(message, options)
    this.name = 'ReferenceFailure'
    this.reason = reason
  }
}

/**
 * Read from the server, not from a cache: admission must see what was written a moment ago.
 * @throws ReferenceFailure for the first reference that leads nowhere
 */
export async function findReferences(client: Client, machine: Readonly<Referring>): Promise<References> {
  const found: References = {}
  for (const key of referenceKeys) {
    try {
      Object.assign(found, await findReference(client, machine, key))
    } catch (error) {
      throw new ReferenceFailure(references[key].notFound, messageOf(error), { cause: error })
    }
  }
  return found
}

/** What could be found: admission accepts a machine whose references are made later. */
export async function findReferencesIfAny(client: Client, machine: Readonly<Referring>): Promise<References> {
  const found: References = {}
  for (const key of referenceKeys) {
    try {
      Object.assign(found, await findReference(client, machine, key))
    } catch (error) {
      if (!(error instanceof StatusError || error instanceof ReferenceFailure)) throw error
    }
  }
  return found
}

async function findReference(client: Client, machine: Readonly<Referring>, key: ReferenceKey): Promise<References> {
  const matcher = machine.spec[key]
  if (matcher === undefined) return {}
  const revision = await findRevision(client, machine, key)
  const spec = revision === undefined ? (await findObject(client, machine, key)).spec : specIn(revision, key)
  // The kind of the object says which of the two specs it is.
  return key === 'instancetype' ? { instancetype: spec as InstancetypeSpec } : { preference: spec as PreferenceSpec }
}

/** The object itself, with its kind. */
export async function findObject(
  client: Client,
  machine: Readonly<Referring>,
  key: ReferenceKey,
): Promise<Instancetype | Preference> {
  const matcher = machine.spec[key] ?? {}
  const scope = matcherScope(key, matcher)
  if (scope === undefined) throw new ReferenceFailure(references[key].notFound, unexpectedKind(key, matcher))
  const resource: Resource<Instancetype | Preference> = resourcesOf[key][scope]
  const { name = '' } = matcher
  const { namespace = '' } = machine.metadata
  const object = await client.get(resource, scope === 'namespaced' ? { namespace, name } : { name })
  return { ...object, kind: resource.kind }
}

const resourcesOf: Record<ReferenceKey, Record<'namespaced' | 'cluster', Resource<Instancetype | Preference>>> = {
  instancetype: { namespaced: instancetypes, cluster: clusterInstancetypes },
  preference: { namespaced: preferences, cluster: clusterPreferences },
}

/** The one the machine names, else the one its status holds, if that is of the object the machine names now. */
async function findRevision(
  client: Client,
  machine: Readonly<Referring>,
  key: ReferenceKey,
): Promise<ControllerRevision | undefined> {
  const { namespace = '' } = machine.metadata
  const matcher = machine.spec[key]
  const named = matcher?.revisionName ?? ''
  if (named !== '') return client.get(controllerRevisions, { namespace, name: named })
  const held = machine.status?.[references[key].statusMember]?.controllerRevisionRef?.name ?? ''
  if (held === '') return undefined
  const revision = await client.get(controllerRevisions, { namespace, name: held })
  return revision.metadata.labels?.[revisionLabels.name] === matcher?.name ? revision : undefined
}

/** A machine may name any revision of its namespace, so what is in it is looked at first. */
function specIn(revision: ControllerRevision, key: ReferenceKey): InstancetypeSpec | PreferenceSpec {
  const { kind, clusterKind } = references[key]
  const data: JsonObject = revision.data ?? {}
  const { spec } = data
  const known = data['kind'] === kind || data['kind'] === clusterKind
  if (!known || !isJsonObject(spec) || data['apiVersion'] !== 'instancetype.kubevirt.io/v1beta1') {
    throw new ReferenceFailure(
      references[key].notFound,
      `ControllerRevision ${revision.metadata.name ?? ''} does not hold a ${kind} or ${clusterKind} of instancetype.kubevirt.io/v1beta1`,
    )
  }
  // Schema-checked when the object was written that the revision was taken of.
  return spec
}
