/** What of an instance's status is settled with its pod. */

import type { ClusterConfiguration, VirtualMachineInstance } from '@berth/api'
import { formatQuantity, quantityFromBytes } from '@berth/meta'
import type { StatusUpdate } from './instance-status.ts'
import { launcherImage } from './launcher-pod.ts'
import { launcherResources, launcherSettings, overheadBytes, qosClassOf } from './launcher-resources.ts'

export function launchStatus(
  instance: Readonly<VirtualMachineInstance>,
  configuration: ClusterConfiguration,
): StatusUpdate {
  const overhead = overheadBytes(instance, configuration.additionalGuestMemoryOverheadRatio)
  return {
    qosClass: qosClassOf(launcherResources(instance, launcherSettings(configuration))),
    launcherContainerImageVersion: launcherImage,
    migrationTransport: 'Unix',
    // No such labels are put on processes.
    selinuxContext: 'none',
    memory: { ...instance.status?.memory, memoryOverhead: formatQuantity(quantityFromBytes(overhead)) },
  }
}
