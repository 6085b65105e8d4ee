/** Belonging to something without being controlled by it. */

import type { KubeObject, OwnerReference } from '@berth/meta'

export function referenceOf({ apiVersion, kind, metadata }: Readonly<KubeObject>): OwnerReference {
  return { apiVersion, kind, name: metadata.name ?? '', uid: metadata.uid ?? '' }
}
