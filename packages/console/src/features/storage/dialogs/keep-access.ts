/** What was typed for the server a disk is filled from is kept in the cluster before the disk names it. */

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

/**
 * Not part of a task: tasks keep what was asked for, and a password is nobody's to read there.
 *
 * @param place of what is filled
 * @param make what needs the names; when it fails, what was kept for it goes again
 */
export async function withAccess<Made>(
  { signIn, trust }: Access,
  place: Place,
  make: (names: AccessNames) => Promise<Made>,
): Promise<Made> {
  const { cluster, namespace } = place
  const api = clusterApi(cluster)
  const kept: ObjectReference[] = []
  const keep = async (kind: Named, object: KubeObject): Promise<string> => {
    const { name = '' } = (await api.create(kind, object)).metadata
    kept.push(referenceTo(kind, { cluster, namespace, name }))
    return name
  }
  try {
    return await make({
      secret: signIn.kind === 'typed' ? await keep(kindOf.secrets, signInSecret(place, signIn)) : nameIn(signIn),
      certificates:
        trust.kind === 'typed' ? await keep(kindOf.configMaps, trustedCertificates(place, trust)) : nameIn(trust),
    })
  } catch (error) {
    // Why it failed is what people have to know; what could not be taken away does no harm.
    await Promise.allSettled(kept.map(async (reference) => api.delete(reference)))
    throw error
  }
}

const nameIn = (chosen: { kind: string; name?: string }): string => chosen.name ?? ''
