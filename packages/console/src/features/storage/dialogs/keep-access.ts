/** What was typed for the server a disk is filled from is kept in the cluster before the disk names it, and goes with the disk. */

import type { KubeObject } from '@berth/meta'
import {
  signInSecret,
  trustedCertificates,
  type ObjectReference,
  type SourceSignIn,
  type SourceTrust,
} from '@berth/view'
import { clusterApi } from '../../../backend/index.ts'
import { kindOf, referenceTo } from '../references.ts'

/** Names of a Secret and a ConfigMap; empty where none is needed. */
export interface AccessNames {
  secret: string
  certificates: string
}

export interface Access {
  signIn: SourceSignIn
  trust: SourceTrust
}

/** Of what is not fetched from a server. */
export const noAccess: Access = { signIn: { kind: 'nobody' }, trust: { kind: 'usual' } }

interface Place {
  cluster: string
  namespace: string
  name: string
}
type Named = (typeof kindOf)['secrets' | 'configMaps']
type Owners = NonNullable<KubeObject['metadata']['ownerReferences']>

/**
 * Not part of a task: tasks keep what was asked for, and a password is nobody's to read there.
 *
 * @param place of what is filled
 * @param make what needs the names; when it fails, what was kept for it goes again
 * @param owner what was made: what is kept goes with it, and stays unless given
 */
export async function withAccess<Made>(
  { signIn, trust }: Access,
  place: Place,
  make: (names: AccessNames) => Promise<Made>,
  owner?: ObjectReference,
): Promise<Made> {
  const { cluster, namespace } = place
  const api = clusterApi(cluster)
  const kept: ObjectReference[] = []
  const keep = async (kind: Named, object: KubeObject): Promise<string> => {
    const { name = '' } = (await api.create(kind, object)).metadata
    kept.push(referenceTo(kind, { cluster, namespace, name }))
    return name
  }
  let made: Made
  const names = { secret: nameIn(signIn), certificates: nameIn(trust) }
  try {
    if (signIn.kind === 'typed') names.secret = await keep(kindOf.secrets, signInSecret(place, signIn))
    if (trust.kind === 'typed') names.certificates = await keep(kindOf.configMaps, trustedCertificates(place, trust))
    made = await make(names)
  } catch (error) {
    // Why it failed is what people have to know; what could not be taken away does no harm.
    await Promise.allSettled(kept.map(async (reference) => api.delete(reference)))
    throw error
  }
  const typed = new Set(kept.map(({ name }) => name))
  const others = referencesOf(place, names).filter(({ name }) => !typed.has(name))
  if (owner !== undefined) await adopt(owner, { kept, others })
  return made
}

/**
 * From here on it goes with its owner. What others own already, because it was typed for them, must not go as long as this one needs it;
 * what nobody owns was made by a person, who takes it away. What fails here only stays behind: no reason to say that nothing was made.
 */
export async function adopt(
  owner: ObjectReference,
  { kept, others }: { kept: readonly ObjectReference[]; others: readonly ObjectReference[] },
): Promise<void> {
  if (kept.length + others.length === 0) return
  const api = clusterApi(owner.cluster)
  await Promise.allSettled(
    [...kept, ...others].map(async (reference) => {
      const [{ apiVersion, kind, metadata }, now] = await Promise.all([
        api.get<KubeObject>(owner),
        api.get<KubeObject>(reference),
      ])
      const { name = '', uid = '' } = metadata
      const owners = now.metadata.ownerReferences ?? []
      if (owners.some((each) => each.uid === uid)) return
      if (owners.length === 0 && !kept.some((each) => each.name === reference.name)) return
      await setOwners(reference, now, [...owners, { apiVersion, kind, name, uid }])
    }),
  )
}

/** Before its owner goes and is made anew. @returns what it had; to be adopted again */
export async function release(owner: KubeObject, references: readonly ObjectReference[]): Promise<ObjectReference[]> {
  const released = await Promise.all(
    references.map(async (reference) => {
      const now = await clusterApi(reference.cluster).get<KubeObject>(reference)
      const owners = now.metadata.ownerReferences ?? []
      const others = owners.filter(({ uid }) => uid !== owner.metadata.uid)
      if (others.length === owners.length) return []
      await setOwners(reference, now, others)
      return [reference]
    }),
  )
  return released.flat()
}

export function referencesOf(place: Omit<Place, 'name'>, { secret, certificates }: AccessNames): ObjectReference[] {
  return [
    ...(secret === '' ? [] : [referenceTo(kindOf.secrets, { ...place, name: secret })]),
    ...(certificates === '' ? [] : [referenceTo(kindOf.configMaps, { ...place, name: certificates })]),
  ]
}

async function setOwners(reference: ObjectReference, now: KubeObject, ownerReferences: Owners): Promise<void> {
  const { resourceVersion } = now.metadata
  await clusterApi(reference.cluster).patch(reference, { metadata: { ownerReferences, resourceVersion } })
}

const nameIn = (chosen: { kind: string; name?: string }): string => chosen.name ?? ''
