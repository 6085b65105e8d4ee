/** What a PersistentVolumeClaim counts for in a quota (Kubernetes' claim evaluator). */

import { compareQuantities, type Quantity } from '@berth/meta'
import { objectAt, textAt } from '../core/fields.ts'
import type { ApiObject } from '../rest/api-object.ts'
import type { Evaluator } from './evaluator.ts'
import { matchesValue } from './scopes.ts'
import { one, readQuantity } from './usage.ts'

const names = ['persistentvolumeclaims', 'requests.storage']
/** `<class>.storageclass.storage.k8s.io/requests.storage` */
const ofClass = '.storageclass.storage.k8s.io/'
const classAnnotation = 'volume.beta.kubernetes.io/storage-class'

function classOf(claim: ApiObject): string {
  return claim.metadata.annotations?.[classAnnotation] ?? textAt(objectAt(claim, 'spec'), 'storageClassName')
}

/** Whole bytes: what was asked for, or what was given when that is more. */
function storageOf(claim: ApiObject): Quantity | undefined {
  const requests = objectAt(objectAt(objectAt(claim, 'spec'), 'resources'), 'requests')
  const asked = readQuantity(requests?.['storage'])
  if (asked === undefined) return undefined
  const given = readQuantity(objectAt(objectAt(claim, 'status'), 'allocatedResources')?.['storage'])
  const larger = given !== undefined && compareQuantities(given, asked) > 0 ? given : asked
  const whole = ((larger.nanos + one.nanos - 1n) / one.nanos) * one.nanos
  return { ...larger, nanos: whole }
}

function attributesClasses(claim: ApiObject): string[] {
  const status = objectAt(claim, 'status')
  const found = [
    textAt(objectAt(claim, 'spec'), 'volumeAttributesClassName'),
    textAt(status, 'currentVolumeAttributesClassName'),
    textAt(objectAt(status, 'modifyVolumeStatus'), 'targetVolumeAttributesClassName'),
  ]
  return [...new Set(found.filter((name) => name !== ''))]
}

export const claimEvaluator: Evaluator = {
  collection: 'core/persistentvolumeclaims',
  counts(name) {
    if (name === 'count/persistentvolumeclaims' || names.includes(name)) return true
    return names.some((each) => name.endsWith(ofClass + each))
  },
  checks: ({ operation, subresource }) => subresource === '' && (operation === 'CREATE' || operation === 'UPDATE'),
  inScope: (claim, requirement) =>
    requirement.scope === 'VolumeAttributesClass' && matchesValue(requirement, attributesClasses(claim)),
  missing: () => [],
  usage(claim) {
    const storageClass = classOf(claim)
    const usage = new Map([
      ['persistentvolumeclaims', one],
      ['count/persistentvolumeclaims', one],
    ])
    if (storageClass !== '') usage.set(`${storageClass}${ofClass}persistentvolumeclaims`, one)
    const storage = storageOf(claim)
    if (storage === undefined) return usage
    usage.set('requests.storage', storage)
    if (storageClass !== '') usage.set(`${storageClass}${ofClass}requests.storage`, storage)
    return usage
  },
}
