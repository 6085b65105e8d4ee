/** As much of the engine's services as translating one instance needs: real files, objects from a list. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '@berth/base'
import { ContainerImages } from '@berth/imaging'
import { notFound, type KubeObject } from '@berth/meta'
import { systemClock, type PersistentVolumeClaim } from '@berth/kube'
import { createCurrentConfiguration } from '../configuration/current.ts'
import { dataDirectory, makeDataDirectory } from '../host/data-directory.ts'
import { ImagePulls } from '../instances/images/image-pulls.ts'
import type { EngineServices } from '../services.ts'
import { openVolumeStore } from '../volumes/volume-store.ts'

export interface TranslationServices extends AsyncDisposable {
  services: EngineServices
}

export async function translationServices(
  objects: readonly KubeObject[],
  hostDiskFolders: readonly string[] = [],
): Promise<TranslationServices> {
  const root = await mkdtemp(join(tmpdir(), 'berth-translation-'))
  const paths = dataDirectory(root)
  await makeDataDirectory(paths)
  const find = (kind: string, namespace: string | undefined, name: string): KubeObject | undefined =>
    objects.find(
      (object) => object.kind === kind && object.metadata.namespace === namespace && object.metadata.name === name,
    )
  const client = {
    async get(
      resource: { kind: string; group: string; resource: string },
      target: { namespace?: string; name: string },
    ) {
      const found = find(resource.kind, target.namespace, target.name)
      if (found === undefined) throw notFound(resource, target.name)
      return found
    },
  } as unknown as EngineServices['client'] // reads are all that is asked of it
  const containerImages = new ImagePulls({
    images: new ContainerImages({ directory: paths.containerImages, retries: 0 }),
    client,
    clock: systemClock,
    random: Math.random,
    logger: silentLogger,
  })
  const parts = {
    client,
    containerImages,
    informers: {
      claims: {
        get: (namespace: string | undefined, name: string) =>
          find('PersistentVolumeClaim', namespace, name) as PersistentVolumeClaim | undefined,
      },
      storageClasses: { list: () => objects.filter(({ kind }) => kind === 'StorageClass') },
      storageProfiles: { get: (_: undefined, name: string) => find('StorageProfile', undefined, name) },
    },
    images: {
      tinyGuest: async () => ({
        kernel: '/guest/vmlinuz',
        initrd: '/guest/initrd',
        cmdline: 'console=ttyS0',
        marker: '',
      }),
    },
    configuration: createCurrentConfiguration(),
    volumes: await openVolumeStore({ storages: [{ name: 'local', directory: paths.volumes }] }),
    paths,
    hostDiskFolders,
  }
  return {
    // Only what translation uses; anything else fails the test that touches it.
    services: parts as unknown as EngineServices,
    async [Symbol.asyncDispose]() {
      await containerImages.close()
      await rm(root, { recursive: true, force: true })
    },
  }
}
