/** A StorageProfile for each StorageClass, as CDI keeps them: what claims of the class ask for unless they say otherwise. */

import { storageProfiles, type ClaimPropertySet, type StorageProfile } from '@berth/api'
import { createController, type Controller, type StorageClass } from '@berth/kube'
import { deepEqual, setCondition, StatusError, unlessMissing } from '@berth/meta'
import { localSnapshotClass } from '../snapshots/snapshot-class.ts'
import type { EngineServices } from '../services.ts'
import { localProvisioner } from './storage-class.ts'

type Status = NonNullable<StorageProfile['status']>

/** The first is what a claim gets that asks for nothing. A disk is a disk to a machine, whatever the volume's mode is. */
const ourSets: ClaimPropertySet[] = [
  { accessModes: ['ReadWriteOnce'], volumeMode: 'Filesystem' },
  { accessModes: ['ReadWriteMany'], volumeMode: 'Filesystem' },
  { accessModes: ['ReadWriteOnce'], volumeMode: 'Block' },
  { accessModes: ['ReadWriteMany'], volumeMode: 'Block' },
  { accessModes: ['ReadOnlyMany'], volumeMode: 'Filesystem' },
]

/** What the spec of the profile says comes first. */
export function profileStatus(
  storageClass: Readonly<StorageClass>,
  { spec, status }: Pick<StorageProfile, 'spec' | 'status'>,
  now: Date,
): Status {
  const isOurs = storageClass.provisioner === localProvisioner
  const shares = isOurs && storageClass.parameters?.['format'] !== 'raw'
  const sets = spec.claimPropertySets ?? (isOurs ? ourSets : [])
  const snapshotClass = spec.snapshotClass ?? (isOurs ? localSnapshotClass.metadata.name : undefined)
  const recognized = isOurs
    ? { status: 'True' as const, reason: 'Recognized', message: 'Provisioner is recognized' }
    : { status: 'False' as const, reason: 'NotRecognized', message: 'Provisioner is not recognized' }
  return {
    storageClass: storageClass.metadata.name ?? '',
    provisioner: storageClass.provisioner,
    ...(sets.length === 0 ? {} : { claimPropertySets: sets }),
    // qcow2 volumes are cloned by sharing images, which is what CDI calls a clone of the storage's own.
    cloneStrategy: spec.cloneStrategy ?? (shares ? 'csi-clone' : 'copy'),
    dataImportCronSourceFormat: spec.dataImportCronSourceFormat ?? 'pvc',
    ...(snapshotClass === undefined ? {} : { snapshotClass }),
    conditions: [...setCondition(status?.conditions, { type: 'Recognized', ...recognized }, now)] as NonNullable<
      Status['conditions']
    >,
  }
}

export function createStorageProfileController(services: EngineServices): Controller {
  const { client, informers, clock } = services

  async function reconcile(name: string): Promise<void> {
    const storageClass = informers.storageClasses.get(undefined, name)
    if (storageClass === undefined) {
      if (informers.storageProfiles.get(undefined, name) !== undefined)
        await unlessMissing(client.delete(storageProfiles, { name }))
      return
    }
    const profile = informers.storageProfiles.get(undefined, name) ?? (await create(name))
    if (profile === undefined) return
    const status = profileStatus(storageClass, profile, clock.now())
    if (!deepEqual(status, profile.status)) await client.updateStatus(storageProfiles, { ...profile, status })
  }

  async function create(name: string): Promise<StorageProfile | undefined> {
    try {
      return await client.create(storageProfiles, {
        apiVersion: 'cdi.kubevirt.io/v1beta1',
        kind: 'StorageProfile',
        metadata: {
          name,
          labels: { app: 'containerized-data-importer', 'cdi.kubevirt.io': '' },
        },
        spec: {},
      })
    } catch (error) {
      // Not in the cache yet: seen again when it is.
      if (error instanceof StatusError && error.code === 'AlreadyExists') return undefined
      throw error
    }
  }

  return createController({
    name: 'storage-profiles',
    reconcile,
    watches: [{ informer: informers.storageClasses }, { informer: informers.storageProfiles }],
    ...services.runtime,
  })
}
