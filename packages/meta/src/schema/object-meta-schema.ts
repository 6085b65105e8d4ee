/** The schema of metav1.ObjectMeta, which every object has whether its own schema says so or not. */

import type { Schema } from '../schema.ts'

const string: Schema = { type: 'string' }
const time: Schema = { type: 'string', format: 'date-time', nullable: true }
const strings: Schema = { type: 'object', additionalProperties: string }

const ownerReference: Schema = {
  type: 'object',
  properties: {
    apiVersion: string,
    kind: string,
    name: string,
    uid: string,
    controller: { type: 'boolean' },
    blockOwnerDeletion: { type: 'boolean' },
  },
}

const managedFields: Schema = {
  type: 'object',
  properties: {
    manager: string,
    operation: string,
    apiVersion: string,
    time,
    fieldsType: string,
    fieldsV1: { type: 'object', preserveUnknownFields: true },
    subresource: string,
  },
}

/** Types and patch strategies only; the rules on the values are those of `validateObjectMeta`. */
export const objectMetaSchema: Schema = {
  type: 'object',
  properties: {
    name: string,
    generateName: string,
    namespace: string,
    selfLink: string,
    uid: string,
    resourceVersion: string,
    generation: { type: 'integer', format: 'int64' },
    creationTimestamp: time,
    deletionTimestamp: time,
    deletionGracePeriodSeconds: { type: 'integer', format: 'int64' },
    labels: strings,
    annotations: strings,
    ownerReferences: {
      type: 'array',
      items: ownerReference,
      listType: 'map',
      listMapKeys: ['uid'],
      patchStrategy: 'merge',
      patchMergeKey: 'uid',
    },
    finalizers: { type: 'array', items: string, listType: 'set', patchStrategy: 'merge' },
    managedFields: { type: 'array', items: managedFields, listType: 'atomic' },
  },
}
