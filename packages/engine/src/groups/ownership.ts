/** Whose a machine or an instance is: members are adopted and let go by label, as Kubernetes' own replica sets do it. */

import {
  controllerOf,
  controllerReferenceTo,
  matchesLabels,
  type KubeObject,
  type LabelSelector,
  type Resource,
} from '@berth/meta'
import type { Client } from '@berth/kube'

export function isOwnedBy(member: Readonly<KubeObject>, owner: Readonly<KubeObject>): boolean {
  return controllerOf(member)?.uid === owner.metadata.uid
}

/**
 * Those that are the owner's from now on: its own that still match, and orphans that do. Its own that match no more are let go.
 * @param options.adopt whether orphans are taken; a group that is being deleted takes none
 */
export async function claimMembers<T extends KubeObject>(
  members: readonly Readonly<T>[],
  options: {
    owner: Readonly<KubeObject>
    selector: LabelSelector
    adopt: boolean
    resource: Resource<T>
    client: Client
  },
): Promise<Readonly<T>[]> {
  const { owner, selector, adopt, resource, client } = options
  const claimed: Readonly<T>[] = []
  for (const member of members) {
    const matches = matchesLabels(selector, member.metadata.labels)
    const free = controllerOf(member) === undefined && member.metadata.deletionTimestamp === undefined
    if (isOwnedBy(member, owner)) {
      if (matches) claimed.push(member)
      else await release(member, { owner, resource, client })
    } else if (matches && free && adopt) {
      const references = [...(member.metadata.ownerReferences ?? []), controllerReferenceTo(owner)]
      claimed.push(await client.update(resource, withOwners(member, references)))
    }
  }
  return claimed
}

export async function release<T extends KubeObject>(
  member: Readonly<T>,
  { owner, resource, client }: { owner: Readonly<KubeObject>; resource: Resource<T>; client: Client },
): Promise<void> {
  const kept = (member.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== owner.metadata.uid)
  await client.update(resource, withOwners(member, kept))
}

function withOwners<T extends KubeObject>(
  member: Readonly<T>,
  ownerReferences: NonNullable<KubeObject['metadata']['ownerReferences']>,
): T {
  return { ...member, metadata: { ...member.metadata, ownerReferences } }
}
