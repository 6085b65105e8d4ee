/** Schemas of snapshot.storage.k8s.io/v1, written by hand; names, types and rules are facts of the published CRDs. */

import type { Schema, SchemaSet, ValidationRule } from '@berth/meta'

const text = (description: string): Schema => ({ type: 'string', description })
const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1.'

const error: Schema = {
  type: 'object',
  description: 'What went wrong last.',
  properties: {
    message: text('For a person.'),
    time: { type: 'string', format: 'date-time', description: 'When it happened.' },
  },
}

const reference: Schema = {
  type: 'object',
  mapType: 'atomic',
  description: 'The VolumeSnapshot it belongs to.',
  properties: {
    apiVersion: text('Version of the API.'),
    fieldPath: text('Part of the object.'),
    kind: text('Kind of the object.'),
    name: text('Name of the object.'),
    namespace: text('Namespace of the object.'),
    resourceVersion: text('Version of the object.'),
    uid: text('Identity of the object.'),
  },
}

const deletionPolicy: Schema = {
  type: 'string',
  enum: ['Delete', 'Retain'],
  description: 'What becomes of the state kept on disk when the VolumeSnapshot is deleted.',
}

const immutable = (field: string): ValidationRule[] => [{ rule: 'self == oldSelf', message: `${field} is immutable` }]

function kind(name: string, properties: Record<string, Schema>, required: string[]): SchemaSet {
  return {
    [`io.k8s.storage.snapshot.v1.${name}`]: {
      type: 'object',
      required,
      properties: {
        apiVersion: text('Version of the API.'),
        kind: text('Kind of the object.'),
        metadata: { ref: `${meta}ObjectMeta` },
        ...properties,
      },
    },
  }
}

const eitherOf = (one: string, other: string): ValidationRule[] => [
  { rule: `!has(oldSelf.${one}) || has(self.${one})`, message: `${one} is required once set` },
  { rule: `!has(oldSelf.${other}) || has(self.${other})`, message: `${other} is required once set` },
  {
    rule: `(has(self.${one}) && !has(self.${other})) || (!has(self.${one}) && has(self.${other}))`,
    message: `exactly one of ${one} and ${other} must be set`,
  },
]

export const volumeSnapshotSchemas: SchemaSet = {
  ...kind(
    'VolumeSnapshot',
    {
      spec: {
        type: 'object',
        required: ['source'],
        description: 'What it is taken of.',
        properties: {
          source: {
            type: 'object',
            description: 'A claim whose volume is frozen now, or a content that is there already.',
            validations: eitherOf('volumeSnapshotContentName', 'persistentVolumeClaimName'),
            properties: {
              persistentVolumeClaimName: {
                ...text('Claim of the same namespace.'),
                validations: immutable('persistentVolumeClaimName'),
              },
              volumeSnapshotContentName: {
                ...text('A content that names this object.'),
                validations: immutable('volumeSnapshotContentName'),
              },
            },
          },
          volumeSnapshotClassName: {
            ...text('Its class; the default one of the driver unless given.'),
            validations: [
              { rule: 'size(self) > 0', message: 'volumeSnapshotClassName must not be the empty string when set' },
            ],
          },
        },
      },
      status: {
        type: 'object',
        description: 'How it stands.',
        properties: {
          boundVolumeSnapshotContentName: text('Its content.'),
          creationTime: { type: 'string', format: 'date-time', description: 'The moment it shows.' },
          error,
          readyToUse: { type: 'boolean', description: 'Whether a volume can be made from it.' },
          restoreSize: { type: 'string', format: 'quantity', description: 'Least size of a volume made from it.' },
          volumeGroupSnapshotName: text('The group it was taken with.'),
        },
      },
    },
    ['spec'],
  ),
  ...kind(
    'VolumeSnapshotContent',
    {
      spec: {
        type: 'object',
        required: ['deletionPolicy', 'driver', 'source', 'volumeSnapshotRef'],
        description: 'Where the frozen state is.',
        properties: {
          deletionPolicy,
          driver: text('Who took it.'),
          source: {
            type: 'object',
            description: 'What it is taken of, or what is there already.',
            validations: eitherOf('volumeHandle', 'snapshotHandle'),
            properties: {
              snapshotHandle: {
                ...text('A frozen state that is there already.'),
                validations: immutable('snapshotHandle'),
              },
              volumeHandle: { ...text('The volume.'), validations: immutable('volumeHandle') },
            },
          },
          sourceVolumeMode: {
            ...text('Mode of the volume.'),
            validations: immutable('sourceVolumeMode'),
          },
          volumeSnapshotClassName: text('Its class.'),
          volumeSnapshotRef: reference,
        },
      },
      status: {
        type: 'object',
        description: 'How it stands.',
        properties: {
          creationTime: { type: 'integer', format: 'int64', description: 'Nanoseconds since 1970.' },
          error,
          readyToUse: { type: 'boolean', description: 'Whether a volume can be made from it.' },
          restoreSize: { type: 'integer', format: 'int64', minimum: 0, description: 'Bytes.' },
          snapshotHandle: text('Name of the frozen state.'),
          volumeGroupSnapshotHandle: text('The group it was taken with.'),
        },
      },
    },
    ['spec'],
  ),
  ...kind(
    'VolumeSnapshotClass',
    {
      deletionPolicy,
      driver: text('Who takes the snapshots.'),
      parameters: {
        type: 'object',
        additionalProperties: { type: 'string' },
        description: 'For the driver.',
      },
    },
    ['deletionPolicy', 'driver'],
  ),
}
