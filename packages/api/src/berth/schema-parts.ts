/** Parts that schemas of berth.dev share. */

import type { Schema, SchemaSet } from '@berth/meta'

export const text = (description: string, more: Partial<Schema> = {}): Schema => ({
  type: 'string',
  description,
  ...more,
})

export const time = (description: string): Schema => ({ type: 'string', format: 'date-time', description })

export const conditions: Schema = {
  type: 'array',
  listType: 'map',
  listMapKeys: ['type'],
  description: 'What holds at the moment.',
  items: {
    type: 'object',
    required: ['type', 'status'],
    properties: {
      type: text('What it is about.'),
      status: text('Whether it holds.', { enum: ['True', 'False', 'Unknown'] }),
      reason: text('Why, for a program.'),
      message: text('What it means, for a person.'),
      observedGeneration: { type: 'integer', format: 'int64', description: 'Generation it was found for.' },
      lastTransitionTime: time('When the status last changed.'),
    },
  },
}

/** A kind of version v1alpha1. */
export function kindSchema(kind: string, { spec, status }: { spec: Schema; status: Schema }): SchemaSet {
  return {
    [`dev.berth.v1alpha1.${kind}`]: {
      type: 'object',
      required: ['spec'],
      properties: {
        apiVersion: text('Version of the API.'),
        kind: text('Kind of the object.'),
        metadata: { ref: 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' },
        spec,
        status,
      },
    },
  }
}
