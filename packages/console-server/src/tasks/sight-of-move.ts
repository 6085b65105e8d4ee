/** By what a moving disk is judged: the machine that runs goes over to it; one that is off has a copy made. */

import { dataVolumes, virtualMachineInstances, type VirtualMachineInstance } from '@berth/api'
import type { Client } from '@berth/kube'
import { unlessMissing } from '@berth/meta'
import { judgeMove, moveSaid, type DiskMove, type ObjectReference } from '@berth/view'
import type { Sight } from './run-task.ts'

/** Found before it is asked for, but when it was asked for earlier (`again`): what was said of an earlier move does not count. */
export async function sightOfMove(
  client: Client,
  { target, move, again }: { target: ObjectReference; move: DiskMove; again: boolean },
): Promise<Sight> {
  const { cluster, namespace = '', name } = target
  const instance = await unlessMissing(client.get(virtualMachineInstances, { namespace, name }))
  const kind = instance === undefined ? dataVolumes : virtualMachineInstances
  const { group, version, resource } = kind
  const seen = { cluster, group, version, resource, namespace }
  if (instance === undefined) return { target: { ...seen, name: move.claim } }
  const before = again ? undefined : moveSaid(instance)
  return {
    target: { ...seen, name },
    // The watch is of that kind.
    judge: (object) => judgeMove(object as VirtualMachineInstance | undefined, { ...move, before }),
  }
}
