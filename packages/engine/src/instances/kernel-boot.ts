/** firmware.kernelBoot: the built-in guest's kernel, made on this host when it is first needed. */

import { builtInGuest, isBuiltInGuest, type VirtualMachineInstance } from '@berth/api'
import type { DomainSpec } from '@berth/hypervisor'
import { EngineError } from '../errors.ts'
import { guestHostname } from './guest-hostname.ts'
import type { EngineServices } from '../services.ts'

export async function kernelOf(
  instance: Readonly<VirtualMachineInstance>,
  services: EngineServices,
): Promise<DomainSpec['kernel']> {
  const boot = instance.spec.domain.firmware?.kernelBoot
  if (boot?.container === undefined) return undefined
  if (!isBuiltInGuest(boot.container.image)) {
    throw new EngineError('MissingDependency', `kernelBoot image "${boot.container.image}" is not on this host`, {
      remedy: `Use "${builtInGuest.image}".`,
    })
  }
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
