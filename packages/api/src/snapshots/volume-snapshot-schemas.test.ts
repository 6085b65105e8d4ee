import { parseJsonPath, validate } from '@berth/meta'
import { describe, expect, it } from 'vitest'
import { volumeSnapshotResources } from '../resources.ts'
import { volumeSnapshotSchemas } from './volume-snapshot-schemas.ts'

describe('kinds of snapshots of volumes', () => {
  it.each(Object.entries(volumeSnapshotResources))('%s has a schema, and columns that can be read', (_key, row) => {
    expect(volumeSnapshotSchemas).toHaveProperty([row.schemaName])
    for (const { value } of row.columns) expect(() => parseJsonPath(value)).not.toThrow()
  })

  it.each([
    ['VolumeSnapshot', { spec: { source: { persistentVolumeClaimName: 'a' } } }],
    ['VolumeSnapshotClass', { driver: 'local.berth.dev', deletionPolicy: 'Retain', parameters: { a: 'b' } }],
    [
      'VolumeSnapshotContent',
      {
        spec: {
          deletionPolicy: 'Delete',
          driver: 'local.berth.dev',
          source: { volumeHandle: 'pvc-1' },
          volumeSnapshotRef: { name: 'a', namespace: 'b', uid: 'c' },
        },
        status: { creationTime: 1_700_000_000_000_000_000, restoreSize: 1, readyToUse: true },
      },
    ],
  ])('%s as people write it is taken', (name, object) => {
    const schema = volumeSnapshotSchemas[`io.k8s.storage.snapshot.v1.${name}`]
    expect(schema).toBeDefined()
    if (schema !== undefined) expect(validate(object, schema, volumeSnapshotSchemas)).toEqual([])
  })
})
