/** The container images a machine starts from. */

import { isBuiltInGuest, type VirtualMachineInstance } from '@berth/api'
import type { ContentRequest, PullPolicy } from '@berth/imaging'

export interface WantedImage {
  /** The volume's name; that of KubeVirt's own for a kernel. */
  volume: string
  image: string
  policy: PullPolicy
  content: ContentRequest
  /** Name of a secret. */
  pullSecret?: string
}

/** As KubeVirt names the container of a kernel. */
export const kernelVolume = 'kernel-boot-volume'

export function wantedImages({ spec }: Readonly<VirtualMachineInstance>): WantedImage[] {
  const disks = (spec.volumes ?? []).flatMap(({ name, containerDisk }): WantedImage[] => {
    if (containerDisk === undefined) return []
    const { image, imagePullPolicy, imagePullSecret, path } = containerDisk
    return [
      {
        volume: name,
        image,
        policy: policyOf(imagePullPolicy),
        content: { kind: 'disk', ...(path === undefined || path === '' ? {} : { path }) },
        ...(imagePullSecret === undefined || imagePullSecret === '' ? {} : { pullSecret: imagePullSecret }),
      },
    ]
  })
  const boot = spec.domain.firmware?.kernelBoot?.container
  // The built-in guest is made on this host, never pulled.
  if (boot === undefined || isBuiltInGuest(boot.image)) return disks
  const { image, imagePullPolicy, imagePullSecret, kernelPath, initrdPath } = boot
  const kernel: WantedImage = {
    volume: kernelVolume,
    image,
    policy: policyOf(imagePullPolicy),
    content: {
      kind: 'kernel',
      ...(kernelPath === undefined || kernelPath === '' ? {} : { kernelPath }),
      ...(initrdPath === undefined || initrdPath === '' ? {} : { initrdPath }),
    },
    ...(imagePullSecret === undefined || imagePullSecret === '' ? {} : { pullSecret: imagePullSecret }),
  }
  return [...disks, kernel]
}

/** Defaults have filled it in; Kubernetes' own where they have not. */
function policyOf(policy: string | undefined): PullPolicy {
  return policy === 'Always' || policy === 'Never' ? policy : 'IfNotPresent'
}
