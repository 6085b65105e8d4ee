/** How an instance boots, what it keeps between runs, the folders it mounts, and its limits on the host. */

import { hasTpm, keepsState, keepsTpm, keepsUefiVariables, type VirtualMachineInstance } from '@berth/api'
import type { FirmwareSpec, HostLimits } from '@berth/hypervisor'
import { quantityToBytes, quantityToMillis } from '@berth/meta'
import { EngineError } from '../../errors.ts'
import type { EngineServices } from '../../services.ts'
import { volumeNameFor } from '../../volumes/claim-volume.ts'
import { kernelOf } from '../kernel-boot.ts'
import { launcherResources } from '../launcher-resources.ts'
import { stateClaimOf } from '../state/state-claim.ts'
import { resolveVolumeFolder } from '../volumes/volume-folder.ts'

/** @throws {EngineError} MissingDependency when the kernel, a shared volume or the claim of the kept state is not there */
export async function firmwareOf(
  instance: Readonly<VirtualMachineInstance>,
  services: EngineServices,
): Promise<FirmwareSpec> {
  const { spec } = instance
  const kernel = await kernelOf(instance, services)
  const sharedFolders = await sharedFoldersOf(instance, services)
  const smm = smmOf(instance)
  return {
    firmware: bootloaderOf(instance),
    ...(smm === undefined ? {} : { smm }),
    ...(kernel === undefined ? {} : { kernel }),
    // The models are KubeVirt's: what keeps its state is the newer device.
    ...(hasTpm(spec) ? { tpm: { model: keepsTpm(spec) ? 'tpm-crb' : 'tpm-tis', kept: keepsTpm(spec) } as const } : {}),
    ...(keepsState(spec) ? { stateFolder: stateFolderOf(instance, services) } : {}),
    ...(sharedFolders.length === 0 ? {} : { sharedFolders, sharedMemory: true }),
    limits: limitsOf(instance),
  }
}

function bootloaderOf({ spec }: Readonly<VirtualMachineInstance>): FirmwareSpec['firmware'] {
  const { efi, bios } = spec.domain.firmware?.bootloader ?? {}
  if (efi === undefined) return { kind: 'bios', ...(bios?.useSerial === true ? { serial: true } : {}) }
  return { kind: 'uefi', secureBoot: efi.secureBoot !== false, kept: keepsUefiVariables(spec) }
}

/** Set means enabled; undefined leaves it to the emulator, as KubeVirt does also where it is set to false. */
function smmOf({ spec }: Readonly<VirtualMachineInstance>): true | undefined {
  const smm = spec.domain.features?.smm
  return smm !== undefined && smm.enabled !== false ? true : undefined
}

function stateFolderOf(instance: Readonly<VirtualMachineInstance>, { informers, volumes }: EngineServices): string {
  const claim = stateClaimOf(instance, informers.claims)
  if (claim?.status?.phase === 'Bound') return volumes.statePath(volumeNameFor(claim))
  const { namespace = '', name = '' } = instance.metadata
  throw new EngineError('MissingDependency', `the claim that keeps the state of "${namespace}/${name}" is not there`, {
    remedy: 'It is made again by itself; a machine whose claim was deleted has lost what was in it.',
  })
}

async function sharedFoldersOf(
  instance: Readonly<VirtualMachineInstance>,
  services: EngineServices,
): Promise<NonNullable<FirmwareSpec['sharedFolders']>> {
  const { domain, volumes = [] } = instance.spec
  const shared = (domain.devices.filesystems ?? []).flatMap(
    ({ name }) => volumes.find((each) => each.name === name) ?? [],
  )
  return Promise.all(
    shared.map(async (volume) => ({
      tag: volume.name,
      path: await resolveVolumeFolder({ volume, instance, services }),
    })),
  )
}

/** What Kubernetes would give the machine's pod. */
function limitsOf(instance: Readonly<VirtualMachineInstance>): HostLimits {
  const { requests, limits = {} } = launcherResources(instance)
  return {
    ...(requests['cpu'] === undefined ? {} : { cpuShareMillis: Math.max(1, quantityToMillis(requests['cpu'])) }),
    ...(limits['cpu'] === undefined ? {} : { cpus: quantityToMillis(limits['cpu']) / 1000 }),
    ...(limits['memory'] === undefined ? {} : { memoryBytes: quantityToBytes(limits['memory']) }),
  }
}
