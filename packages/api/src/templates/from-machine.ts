/**
 * A template made from a machine: what makes the machine this one is taken out, its disks become copies, its name a parameter. User data
 * of cloud-init, which often holds passwords, is not put where every reader of the template sees it: it goes into a Secret of its own.
 */

import { deepClone, type JsonObject } from '@berth/meta'
import type { VirtualMachine } from '../types/machine.ts'
import type { VirtualMachineTemplate } from '../types/template.ts'
import type { CloudInitSource, Volume } from '../types/volume.ts'
import { claimNameOf } from '../volumes.ts'

/** Of what the request made; its value is the request's uid. */
export const templateRequestLabel = 'template.kubevirt.io/RequestUID'

const nameLabel = 'vm.kubevirt.io/name'

/** A disk of the machine that the template's machines get copies of. */
export interface DiskToCopy {
  volume: string
  claim: string
}

/** Disks that live on; a disk of which a machine writes a throw-away copy stays shared. */
export function disksToCopy({ spec }: VirtualMachine): DiskToCopy[] {
  return (spec.template.spec.volumes ?? []).flatMap((volume) => {
    const claim = volume.ephemeral === undefined ? claimNameOf(volume) : undefined
    return claim === undefined ? [] : [{ volume: volume.name, claim }]
  })
}

export interface TemplateParts {
  /** Claims that new machines' disks are copied from, by volume. */
  copies: ReadonlyMap<string, { namespace: string; name: string }>
  /** Name of the Secret for what {@link secretDataOf} says. */
  secretName: string
}

/** @param machine with instance type and preference written out */
export function templateOfMachine(
  machine: VirtualMachine,
  { copies, secretName }: TemplateParts,
): VirtualMachineTemplate['spec'] {
  const spec = deepClone(machine.spec)
  const { domain } = spec.template.spec
  for (const card of domain.devices.interfaces ?? []) delete card.macAddress
  if (domain.firmware !== undefined) {
    delete domain.firmware.uuid
    delete domain.firmware.serial
  }
  delete spec.instancetype
  delete spec.preference
  const labels = spec.template.metadata?.labels
  if (labels && labels[nameLabel] === machine.metadata.name) labels[nameLabel] = '${NAME}'
  const copied = (spec.template.spec.volumes ?? []).flatMap((volume) => {
    const source = copies.get(volume.name)
    return source === undefined ? [] : [{ volume, claim: claimNameOf(volume) ?? volume.name, source }]
  })
  const replaced = new Set(copied.map(({ claim }) => claim))
  spec.dataVolumeTemplates = [
    ...(spec.dataVolumeTemplates ?? []).filter(({ metadata }) => !replaced.has(metadata.name ?? '')),
    ...copied.map(({ claim, source }) => ({
      metadata: { name: `${claim}-\${NAME}` },
      spec: { source: { pvc: source }, storage: {} },
    })),
  ]
  if (spec.dataVolumeTemplates.length === 0) delete spec.dataVolumeTemplates
  spec.template.spec.volumes = (spec.template.spec.volumes ?? []).map((volume) => {
    const copy = copied.find((entry) => entry.volume === volume)
    if (copy !== undefined) return { name: volume.name, dataVolume: { name: `${copy.claim}-\${NAME}` } }
    return withoutInlineData(volume, secretName)
  })
  return {
    // It was a machine's spec and still is one but for its texts.
    virtualMachine: { metadata: { name: '${NAME}' }, spec: spec as unknown as JsonObject },
    parameters: [{ name: 'NAME', required: true, generate: 'expression', from: 'vm-[a-z0-9]{5}' }],
  }
}

/** What of a machine's cloud-init belongs into a Secret, by key; empty when there is none. Values are base64. */
export function secretDataOf(machine: VirtualMachine, encode: (text: string) => string): Record<string, string> {
  const data: Record<string, string> = {}
  for (const { cloudInitNoCloud, cloudInitConfigDrive } of machine.spec.template.spec.volumes ?? []) {
    const source = cloudInitNoCloud ?? cloudInitConfigDrive
    const user = source?.userDataBase64 ?? encoded(source?.userData, encode)
    const network = source?.networkDataBase64 ?? encoded(source?.networkData, encode)
    if (user !== undefined) data['userdata'] = user
    if (network !== undefined) data['networkdata'] = network
  }
  return data
}

function encoded(text: string | undefined, encode: (text: string) => string): string | undefined {
  return text === undefined ? undefined : encode(text)
}

function withoutInlineData(volume: Volume, secretName: string): Volume {
  const { cloudInitNoCloud, cloudInitConfigDrive } = volume
  if (cloudInitNoCloud !== undefined) {
    return { ...volume, cloudInitNoCloud: referring(cloudInitNoCloud, secretName) }
  }
  if (cloudInitConfigDrive === undefined) return volume
  return { ...volume, cloudInitConfigDrive: referring(cloudInitConfigDrive, secretName) }
}

function referring(source: CloudInitSource, name: string): CloudInitSource {
  const { userData, userDataBase64, networkData, networkDataBase64, ...rest } = source
  return {
    ...rest,
    ...(userData === undefined && userDataBase64 === undefined ? {} : { secretRef: { name } }),
    ...(networkData === undefined && networkDataBase64 === undefined ? {} : { networkDataSecretRef: { name } }),
  }
}

/** A name that stays the same for the same inputs: `<base>-<8 hex digits>`, at most 63 characters. Source: the template project. */
export function stableName(base: string, ...inputs: readonly string[]): string {
  const hash = fnv32a([base, ...inputs].join(''))
    .toString(16)
    .padStart(8, '0')
  const lettered = /^[a-z]/.test(base) ? base : `x-${base}`
  const name = `${lettered.slice(0, 54).replace(/-+$/, '')}-${hash}`
  return /^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(name) ? name : `obj-${hash}`
}

function fnv32a(text: string): number {
  let hash = 0x811c9dc5
  // Names and uids are ASCII: a character is a byte.
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0
  return hash
}
