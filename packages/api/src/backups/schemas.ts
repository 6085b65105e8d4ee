/**
 * Schemas of VirtualMachineBackupTracker and of what a backup that is pulled says, written by hand: the npm types that the others are
 * generated from are of before them. Names and types are facts of the published schema.
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
  'io.kubevirt.v1alpha1.BackupVolumeInfo': {
    type: 'object',
    required: ['volumeName'],
    description: 'A volume of a backup.',
    properties: {
      volumeName: text('Its name in the instance.'),
      dataEndpoint: text('Where its content can be read.'),
      mapEndpoint: text('Where is told which parts of it hold data, or have changed.'),
    },
  },
  'io.kubevirt.v1alpha1.VirtualMachineBackupStatus': {
    type: 'object',
    description: 'How far the backup is.',
    properties: {
      type: text('Full or Incremental.'),
      conditions: {
        type: 'array',
        items: { ref: 'io.kubevirt.v1alpha1.Condition' },
        listType: 'atomic',
        description: 'Progressing, Complete, Failed, Quiesced.',
      },
      checkpointName: text('The checkpoint that the next one can start from.'),
      endpointCert: text('PEM of who signs for the endpoints.'),
      includedVolumes: {
        type: 'array',
        listType: 'atomic',
        items: { ref: 'io.kubevirt.v1alpha1.BackupVolumeInfo' },
        description: 'The volumes it is of.',
      },
      exportUID: text('Of the VirtualMachineExport that it is pulled through.'),
    },
  },
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
