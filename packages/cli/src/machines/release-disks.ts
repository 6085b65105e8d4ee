/** Lets the disks made for a machine outlive it. */

import type { VirtualMachine } from '@berth/api'
import type { Client } from '@berth/kube'
import { getOrNothing } from './find.ts'
import { dataVolumes } from '@berth/api'

/** Takes the machine out of its DataVolumes' owners, so that the garbage collector leaves them. */
export async function releaseDisks(client: Client, machine: VirtualMachine): Promise<void> {
  const { namespace = '', uid } = machine.metadata
  for (const template of machine.spec.dataVolumeTemplates ?? []) {
    const volume = await getOrNothing(client, dataVolumes, { namespace, name: template.metadata.name })
    const owners = volume?.metadata.ownerReferences ?? []
    if (volume === undefined || !owners.some((owner) => owner.uid === uid)) continue
    const ownerReferences = owners.filter((owner) => owner.uid !== uid)
    await client.update(dataVolumes, { ...volume, metadata: { ...volume.metadata, ownerReferences } })
  }
}
