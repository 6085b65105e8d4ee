/**
 * Schema of VirtualMachineBackupTracker, written by hand: the npm types that the others are generated from are of before it. Names and
 * types are facts of the published schema.
 */

import type { Schema, SchemaSet } from '@berth/meta'

const text = (description: string): Schema => ({ type: 'string', description })

const checkpoint: Schema = {
  type: 'object',
  description: 'What the last backup ended with.',
  properties: {
    name: text('Name of the checkpoint.'),
    creationTime: { type: 'string', format: 'date-time', nullable: true, description: 'When it was taken.' },
    volumes: {
      type: 'array',
      listType: 'atomic',
      items: { ref: 'io.kubevirt.v1alpha1.BackupVolumeInfo' },
      description: 'The volumes it is of.',
    },
  },
}

export const backupSchemas: SchemaSet = {
  'io.kubevirt.v1alpha1.VirtualMachineBackupTracker': {
    type: 'object',
    required: ['spec'],
    properties: {
      apiVersion: text('Version of the API.'),
      kind: text('Kind of the object.'),
      metadata: { ref: 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' },
      spec: {
        type: 'object',
        required: ['source'],
        description: 'What is tracked.',
        validations: [{ rule: 'self == oldSelf', message: 'spec is immutable after creation' }],
        properties: { source: { ref: 'io.k8s.api.core.v1.TypedLocalObjectReference' } },
      },
      status: {
        type: 'object',
        description: 'How far it is.',
        properties: {
          latestCheckpoint: checkpoint,
          checkpointRedefinitionRequired: {
            type: 'boolean',
            description: 'The checkpoint has to be made known to the machine again.',
          },
        },
      },
    },
  },
}
