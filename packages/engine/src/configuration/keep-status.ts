/** Says in the KubeVirt resource's status that what its spec says is in force. */

import { kubeVirts, type KubeVirt } from '@berth/api'
import { messageOf } from '@berth/base'
import type { Client, Informer } from '@berth/kube'
import { deepEqual, StatusError } from '@berth/meta'
import type { Logger } from '@berth/base'
import { installedStatus, type Installation } from '../bootstrap/kubevirt-status.ts'

export async function writeInstalledStatus(
  client: Client,
  resource: Readonly<KubeVirt>,
  installation: Installation,
): Promise<void> {
  const status = installedStatus(resource, installation)
  if (!deepEqual(status, resource.status)) await client.updateStatus(kubeVirts, { ...resource, status })
}

/** Ends with the returned function. Called after the configuration has been taken over, so that the status is never early. */
export function keepInstalledStatus(options: {
  client: Client
  informer: Informer<KubeVirt>
  installation: () => Installation
  logger: Logger
}): () => void {
  const { client, informer, installation, logger } = options
  return informer.on((current) => {
    if (current === undefined || current.status?.observedGeneration === current.metadata.generation) return
    writeInstalledStatus(client, current, installation()).catch((error: unknown) => {
      // Written by somebody else meanwhile: that write is seen here next.
      if (error instanceof StatusError && ['Conflict', 'NotFound'].includes(error.code)) return
      logger.warn({ error: messageOf(error) }, 'the status of the KubeVirt resource could not be written')
    })
  })
}
