/** The DataVolumes a machine's disks come from: how far they are, and what keeps them from getting on. */

import { dataVolumes, type DataVolume, type VirtualMachine } from '@berth/api'
import type { Client } from '@berth/kube'
import { StatusError } from '@berth/meta'

/** Those that its volumes and templates name. Left out: what is not there, and what the person may not see. */
export async function disksOf(client: Client, machine: VirtualMachine): Promise<DataVolume[]> {
  const { volumes = [] } = machine.spec.template.spec
  const names = new Set([
    ...volumes.flatMap(({ dataVolume }) => (dataVolume === undefined ? [] : [dataVolume.name])),
    ...(machine.spec.dataVolumeTemplates ?? []).flatMap(({ metadata }) => metadata.name ?? []),
  ])
  const { namespace = '' } = machine.metadata
  const found = await Promise.all([...names].map((name) => client.get(dataVolumes, { namespace, name }).catch(unseen)))
  return found.filter((disk) => disk !== undefined)
}

function unseen(error: unknown): undefined {
  if (!(error instanceof StatusError && ['NotFound', 'Forbidden'].includes(error.code))) throw error
}

/** In the server's words, such as `https://…: ECONNREFUSED`; undefined while nothing is wrong. */
export function troubleOf({ status }: Readonly<DataVolume>): string | undefined {
  if (status?.phase === 'Succeeded') return undefined
  const told = status?.conditions?.find(
    ({ type, status: holds, message = '' }) => type === 'Running' && holds === 'False' && message !== '',
  )
  return told?.message
}
