/**
 * Fields of built-in kinds that the server gives a value while an object is created. Other defaults are recorded as if the creator had
 * sent them; these are recorded for nobody, unless the creator did send them. (In Kubernetes they come from storage and admission.)
 */

import { getPath, setPath, type JsonObject } from '@berth/meta'

const fields: Record<string, readonly string[][]> = {
  Namespace: [['spec', 'finalizers']],
  Pod: [
    ['spec', 'serviceAccountName'],
    ['spec', 'serviceAccount'],
    ['spec', 'priority'],
    ['spec', 'preemptionPolicy'],
  ],
  PersistentVolumeClaim: [['spec', 'storageClassName']],
  Service: [
    ['spec', 'clusterIP'],
    ['spec', 'clusterIPs'],
    ['spec', 'ipFamilies'],
    ['spec', 'ipFamilyPolicy'],
  ],
}

/** The fields the server is going to assign to an object as the client sent it. */
export function toAssign(kind: string, sent: JsonObject): readonly string[][] {
  const candidates = Object.hasOwn(fields, kind) ? (fields[kind] ?? []) : []
  return candidates.filter((path) => getPath(sent, path) === undefined)
}

/** Puts what was assigned into `before` too, so that it is no difference. */
export function shareAssigned(before: JsonObject, after: JsonObject, paths: readonly string[][]): void {
  for (const path of paths) {
    const value = getPath(after, path)
    if (value !== undefined) setPath(before, path, value)
  }
}
