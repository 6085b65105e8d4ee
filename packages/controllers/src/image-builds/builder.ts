/** What a build makes for itself: a disk, a secret with the script, a machine. All belong to it and go with it. */

import {
  imageBuildLabel,
  type DataVolume,
  type DataVolumeSpec,
  type ImageBuild,
  type ImageBuildSpec,
  type VirtualMachineInstance,
} from '@berth/api'
import type { Secret } from '@berth/kube'
import { controllerReferenceTo, type ObjectMeta } from '@berth/meta'

export const workName = (build: Readonly<ImageBuild>): string => `${build.metadata.name ?? ''}-build`
export const logName = (build: Readonly<ImageBuild>): string => `${build.metadata.name ?? ''}-log`
/** In the secret, beside the script: what marks lines of the log. */
export const tokenKey = 'token'

export function ownMeta(build: Readonly<ImageBuild>, name: string): ObjectMeta {
  return {
    name,
    namespace: build.metadata.namespace ?? '',
    labels: { [imageBuildLabel]: build.metadata.name ?? '' },
    ownerReferences: [controllerReferenceTo(build)],
  }
}

export function workDisk(
  build: Readonly<ImageBuild>,
  content: Pick<DataVolumeSpec, 'source' | 'sourceRef'>,
): DataVolume {
  return {
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'DataVolume',
    metadata: { ...ownMeta(build, workName(build)), annotations: immediately },
    spec: { ...content, storage: storageOf({ ...build.spec, ...sizeFor(build, content) }) },
  }
}

/** Disks say how large they are, addresses do not: what cloud images grow into. */
const addressSize = '10Gi'

function sizeFor({ spec }: Readonly<ImageBuild>, { source }: Pick<DataVolumeSpec, 'source'>): { size?: string } {
  const unknown = source?.http !== undefined || source?.registry !== undefined
  return spec.size === undefined && unknown ? { size: addressSize } : {}
}

/** Disks of builds are made when they are asked for, not when a machine wants them. */
export const immediately = { 'cdi.kubevirt.io/storage.bind.immediate.requested': 'true' }

export function storageOf({ size, storageClassName }: Pick<ImageBuildSpec, 'size' | 'storageClassName'>) {
  return {
    ...(size === undefined ? {} : { resources: { requests: { storage: size } } }),
    ...(storageClassName === undefined ? {} : { storageClassName }),
  }
}

export function scriptSecret(
  build: Readonly<ImageBuild>,
  { script, token }: { script: string; token: string },
): Secret {
  const base64 = (text: string): string => Buffer.from(text).toString('base64')
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: ownMeta(build, workName(build)),
    type: 'Opaque',
    data: { userdata: base64(script), [tokenKey]: base64(token) },
  }
}

export function builderMachine(build: Readonly<ImageBuild>): VirtualMachineInstance {
  const { cpus = 2, memory = '2Gi' } = build.spec.builder ?? {}
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachineInstance',
    metadata: ownMeta(build, workName(build)),
    spec: {
      domain: {
        cpu: { cores: cpus },
        memory: { guest: memory },
        devices: {
          disks: [
            { name: 'root', disk: { bus: 'virtio' }, bootOrder: 1 },
            { name: 'script', disk: { bus: 'virtio' } },
          ],
          interfaces: [{ name: 'default', masquerade: {} }],
          rng: {},
          logSerialConsole: true,
        },
      },
      networks: [{ name: 'default', pod: {} }],
      // It is only stopped when nobody wants what it does any more.
      terminationGracePeriodSeconds: 0,
      volumes: [
        { name: 'root', dataVolume: { name: workName(build) } },
        { name: 'script', cloudInitNoCloud: { secretRef: { name: workName(build) } } },
      ],
    },
  }
}
