/** When images are pulled: always where the tag may move, else only when they are not there. */

import type { PullPolicy } from '../types/domain.ts'
import type { VirtualMachineInstanceSpec } from '../types/instance.ts'

/** Of container disks and of the kernel's image, in place. */
export function defaultPullPolicies({ volumes, domain }: VirtualMachineInstanceSpec): void {
  const kernel = domain.firmware?.kernelBoot?.container
  const images = [...(volumes ?? []).map(({ containerDisk }) => containerDisk), kernel]
  for (const image of images) {
    // The schema leaves it free; an empty one is none.
    const policy: string = image?.imagePullPolicy ?? ''
    if (image !== undefined && policy === '') image.imagePullPolicy = policyOf(image.image)
  }
}

function policyOf(image: string): PullPolicy {
  return image.endsWith(':latest') || !/[:@]/.test(image) ? 'Always' : 'IfNotPresent'
}
