/** firmware.kernelBoot: a kernel out of a container image, or the built-in guest's, made on this host when it is first needed. */

import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { builtInGuest, isBuiltInGuest, type VirtualMachineInstance } from '@berth/api'
import type { FirmwareSpec } from '@berth/hypervisor'
import { EngineError } from '../errors.ts'
import { ifPresent } from '../host/if-present.ts'
import type { EngineServices } from '../services.ts'
import { makeEphemeral } from './ephemeral.ts'
import { guestHostname } from './guest-hostname.ts'
import { readyImage } from './images/ready-image.ts'
import { kernelVolume, wantedImages, type WantedImage } from './images/wanted-images.ts'
import { linkOr } from './volumes/container-disk.ts'

/** @throws {EngineError} MissingDependency while the image is not here */
export async function kernelOf(
  instance: Readonly<VirtualMachineInstance>,
  services: EngineServices,
): Promise<FirmwareSpec['kernel']> {
  const boot = instance.spec.domain.firmware?.kernelBoot
  if (boot?.container === undefined) return undefined
  if (!isBuiltInGuest(boot.container.image)) return fromImage(instance, services)
  const guest = await services.images.tinyGuest()
  return {
    path: guest.kernel,
    ...(boot.container.initrdPath === undefined ? {} : { initrd: guest.initrd }),
    // As the package's own tests boot it, then what the spec adds.
    cmdline: [guest.cmdline, `berth.hostname=${guestHostname(instance)}`, boot.kernelArgs ?? '']
      .filter((part) => part !== '')
      .join(' '),
  }
}

async function fromImage(
  instance: Readonly<VirtualMachineInstance>,
  services: EngineServices,
): Promise<FirmwareSpec['kernel']> {
  const wanted = wantedImages(instance).find(({ volume }) => volume === kernelVolume)
  if (wanted?.content.kind !== 'kernel') return undefined
  const { kernelPath, initrdPath } = wanted.content
  if (kernelPath === undefined) {
    throw new EngineError('MissingDependency', `kernelBoot names no kernel in image "${wanted.image}"`, {
      remedy: `Set kernelPath, or use "${builtInGuest.image}".`,
    })
  }
  const path = await linked('kernel', { instance, services, wanted })
  const initrd = initrdPath === undefined ? undefined : await linked('initrd', { instance, services, wanted })
  return {
    path,
    ...(initrd === undefined ? {} : { initrd }),
    cmdline: instance.spec.domain.firmware?.kernelBoot?.kernelArgs ?? '',
  }
}

/** A link of the run's own: the cache may forget the image, the machine keeps its kernel. */
async function linked(
  name: 'kernel' | 'initrd',
  run: { instance: Readonly<VirtualMachineInstance>; services: EngineServices; wanted: WantedImage },
): Promise<string> {
  const { instance, services, wanted } = run
  const target = join(await makeEphemeral(services.paths, instance.metadata.uid ?? ''), `${kernelVolume}.${name}`)
  if ((await ifPresent(stat(target))) !== undefined) return target
  const file = readyImage(instance, wanted, services).files.get(name)
  if (file === undefined) throw new EngineError('MissingDependency', `image "${wanted.image}" gave no ${name}`)
  await linkOr(file.path, target, () => services.containerImages.forget(instance))
  return target
}
