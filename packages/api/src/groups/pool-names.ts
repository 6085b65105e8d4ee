/** A pool's machines are numbered: `<pool>-0`, `<pool>-1`; what belongs to one machine alone carries its number, too. */

import type { Volume } from '../types/volume.ts'
import type { VirtualMachineSpec } from '../types/machine.ts'
import type { VirtualMachinePool } from '../types/group.ts'

/** The lowest unused names. */
export function newPoolNames(pool: string, count: number, isTaken: (name: string) => boolean): string[] {
  const names: string[] = []
  for (let index = 0; names.length < count; index += 1) {
    const name = `${pool}-${index}`
    if (!isTaken(name)) names.push(name)
  }
  return names
}

/** @returns undefined for a name that does not end in a number, as of a machine that was renamed into the pool */
export function poolIndex(name: string): number | undefined {
  const digits = /-(\d+)$/.exec(name)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

/** The spec of machine number `index`: DataVolumes are its own, config maps and secrets when the pool says so. */
export function indexedSpec(pool: VirtualMachinePool['spec'], index: number): VirtualMachineSpec {
  const { spec } = pool.virtualMachineTemplate
  const suffix = `-${index}`
  const { dataVolumeTemplates } = spec
  const own = new Set((dataVolumeTemplates ?? []).map(({ metadata }) => metadata.name))
  const suffixed = (name: string): string => name + suffix
  const rename = { disk: (name: string) => (own.has(name) ? suffixed(name) : name), ...renamers(pool, suffixed) }
  const { volumes } = spec.template.spec
  return {
    ...spec,
    ...(dataVolumeTemplates === undefined
      ? {}
      : {
          dataVolumeTemplates: dataVolumeTemplates.map((template) => ({
            ...template,
            metadata: { ...template.metadata, name: suffixed(template.metadata.name) },
          })),
        }),
    template: {
      ...spec.template,
      spec: {
        ...spec.template.spec,
        ...(volumes === undefined ? {} : { volumes: volumes.map((volume) => renamed(volume, rename)) }),
      },
    },
  }
}

type Rename = (name: string) => string
type Renames = { disk: Rename; configMap: Rename; secret: Rename }

function renamers({ nameGeneration }: VirtualMachinePool['spec'], suffixed: Rename): Omit<Renames, 'disk'> {
  const same: Rename = (name) => name
  return {
    configMap: nameGeneration?.appendIndexToConfigMapRefs === true ? suffixed : same,
    secret: nameGeneration?.appendIndexToSecretRefs === true ? suffixed : same,
  }
}

function renamed(volume: Volume, rename: Renames): Volume {
  const { persistentVolumeClaim: claim, dataVolume, configMap, secret, cloudInitNoCloud, cloudInitConfigDrive } = volume
  return {
    ...volume,
    ...(claim === undefined ? {} : { persistentVolumeClaim: { ...claim, claimName: rename.disk(claim.claimName) } }),
    ...(dataVolume === undefined ? {} : { dataVolume: { ...dataVolume, name: rename.disk(dataVolume.name) } }),
    ...(configMap?.name === undefined ? {} : { configMap: { ...configMap, name: rename.configMap(configMap.name) } }),
    ...(secret?.secretName === undefined
      ? {}
      : { secret: { ...secret, secretName: rename.secret(secret.secretName) } }),
    ...(cloudInitNoCloud === undefined ? {} : { cloudInitNoCloud: withSecrets(cloudInitNoCloud, rename.secret) }),
    ...(cloudInitConfigDrive === undefined
      ? {}
      : { cloudInitConfigDrive: withSecrets(cloudInitConfigDrive, rename.secret) }),
  }
}

type CloudInit = NonNullable<Volume['cloudInitNoCloud']>

function withSecrets(source: CloudInit, rename: Rename): CloudInit {
  const { secretRef, networkDataSecretRef } = source
  return {
    ...source,
    ...(secretRef === undefined ? {} : { secretRef: renamedReference(secretRef, rename) }),
    ...(networkDataSecretRef === undefined
      ? {}
      : { networkDataSecretRef: renamedReference(networkDataSecretRef, rename) }),
  }
}

function renamedReference(reference: { name?: string }, rename: Rename): { name?: string } {
  return reference.name === undefined ? reference : { name: rename(reference.name) }
}
