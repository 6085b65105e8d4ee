/** Berth's own kinds. */

import { age, textColumn, type ResourceData } from './shape.ts'

export const berthGroup = 'berth.dev'
const versions = [{ name: 'v1alpha1' }] as const

export const berthResources = {
  snapshotPolicy: {
    group: berthGroup,
    versions,
    kind: 'SnapshotPolicy',
    listKind: 'SnapshotPolicyList',
    resource: 'snapshotpolicies',
    singular: 'snapshotpolicy',
    shortNames: ['snappol'],
    categories: [],
    namespaced: true,
    schemaName: 'dev.berth.v1alpha1.SnapshotPolicy',
    status: true,
    columns: [
      textColumn('Schedule', '.spec.schedule'),
      textColumn('Every', '.spec.every'),
      { name: 'Suspended', type: 'boolean', value: '.spec.suspend' },
      { name: 'Last Run', type: 'date', value: '.status.lastRun' },
      textColumn('Next Run', '.status.nextRun'),
      textColumn('Result', `.status.conditions[?(@.type=='LastRunSucceeded')].message`),
      age,
    ],
    webhooks: {},
  },
  imageBuild: {
    group: berthGroup,
    versions,
    kind: 'ImageBuild',
    listKind: 'ImageBuildList',
    resource: 'imagebuilds',
    singular: 'imagebuild',
    shortNames: ['imgbuild'],
    categories: [],
    namespaced: true,
    schemaName: 'dev.berth.v1alpha1.ImageBuild',
    status: true,
    columns: [
      textColumn('Image', '.spec.publish.name'),
      textColumn('Phase', '.status.phase'),
      textColumn('Step', '.status.step'),
      textColumn('Progress', '.status.progress'),
      { name: 'Version', type: 'integer', value: '.status.version' },
      age,
      { ...textColumn('Message', '.status.message'), priority: 1 },
    ],
    webhooks: {},
  },
} as const satisfies Record<string, ResourceData>
