/** Requests to attach and detach volumes that wait in a machine's status: they become part of its template. */

import { virtualMachines, withVolumeRequests, type VirtualMachine } from '@berth/api'
import { deepEqual, StatusError, type Json } from '@berth/meta'
import type { EngineServices } from '../services.ts'
import type { Followed } from './followed.ts'
import { replaced } from './live-volumes.ts'

export type MetRequests = { state: 'none' | 'met' } | ({ state: 'refused' } & Required<Pick<Followed, 'failure'>>)

/** The template first: a crash in between repeats what is done already, and changes nothing then. */
export async function meetVolumeRequests(
  machine: Readonly<VirtualMachine>,
  { client }: EngineServices,
): Promise<MetRequests & Pick<Followed, 'failure'>> {
  const requests = machine.status?.volumeRequests ?? []
  if (requests.length === 0) return { state: 'none' }
  const { spec } = machine.spec.template
  const { volumes = [], domain } = withVolumeRequests(spec, requests)
  const { disks = [] } = domain.devices
  const target = { namespace: machine.metadata.namespace ?? '', name: machine.metadata.name ?? '' }
  try {
    if (!deepEqual([volumes, disks], [spec.volumes ?? [], spec.domain.devices.disks ?? []])) {
      const at = '/spec/template/spec'
      const patch = [
        ...replaced(`${at}/volumes`, spec.volumes, volumes),
        ...replaced(`${at}/domain/devices/disks`, spec.domain.devices.disks, disks),
      ]
      await client.patch(virtualMachines, target, { type: 'json', patch })
    }
    const path = '/status/volumeRequests'
    const patch: Json[] = [
      { op: 'test', path, value: requests as unknown as Json },
      { op: 'remove', path },
    ]
    await client.patch(virtualMachines, { ...target, subresource: 'status' }, { type: 'json', patch })
  } catch (error) {
    // Somebody else was faster: the machine is seen again in its new form.
    if (!(error instanceof StatusError) || error.status.details?.causes === undefined) throw error
    return {
      state: 'refused',
      failure: {
        reason: 'HotPlugVolumeError',
        message: `Error encountered while handling volume hotplug requests: ${error.message}`,
      },
    }
  }
  return { state: 'met' }
}
