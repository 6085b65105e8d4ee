/** What the launcher pod shows while one of its images cannot be had: the container that waits, as kubelet reports it. */

import type { Pod } from '@berth/kube'
import { isJsonObject, type JsonObject } from '@berth/meta'

export interface WaitingImage {
  /** The volume's name. */
  volume: string
  image: string
  reason: string
  message: string
}

/**
 * The status to merge into the pod's.
 * @returns undefined when the pod says so already
 */
export function waitingStatus(
  pod: Readonly<Pod>,
  { volume, image, reason, message }: WaitingImage,
): JsonObject | undefined {
  const state = pod.status?.containerStatuses?.[0]?.['state']
  const waiting = isJsonObject(state) ? state['waiting'] : undefined
  if (isJsonObject(waiting) && waiting['reason'] === reason && waiting['message'] === message) return undefined
  return {
    phase: 'Pending',
    containerStatuses: [
      {
        // As KubeVirt names the container that holds an image.
        name: `volume${volume}`,
        image,
        imageID: '',
        ready: false,
        started: false,
        restartCount: 0,
        state: { waiting: { reason, message } },
      },
    ],
  }
}
