/** Channel `object`: one object as it is now, watched with the reader's own rights. */

import { virtualMachines, type VirtualMachine } from '@berth/api'
import { apiVersionOf, resource, type KubeObject } from '@berth/meta'
import type { ObjectRequest } from '@berth/view'
import type { View, WatchState } from '../../watches/contract.ts'
import { watches } from '../../watches/registry.ts'
import type { ChannelKind, Refusal } from '../channel.ts'
import { readReference } from '../request-fields.ts'
import { history } from '../timeline/history.ts'
import { signedInAt } from '../signed-in-at.ts'

export const objectChannel: ChannelKind<'object'> = {
  cost: 5,
  parse: readReference,
  open({ context, request, send, refuse }) {
    let view: View<KubeObject> | undefined
    let current = request

    function tell(): void {
      const state = view?.state
      if (state === undefined) return
      const update = updateOf(state, view?.get(current.namespace, current.name))
      if (update === undefined) return
      if ('reason' in update) refuse(update)
      else send(update)
    }

    function start(): void {
      view?.stop()
      const at = signedInAt(context, current.cluster)
      if ('refusal' in at) {
        refuse(at.refusal)
        return
      }
      const machine = current.group === virtualMachines.group && current.resource === virtualMachines.resource
      const { cluster } = current
      view = context.part(watches).follow({
        ...at,
        ...placeOf(current),
        onChange(now, before) {
          // What is asked for is a machine, so its objects are machines.
          if (machine) {
            context.part(history).saw({
              cluster,
              current: now as VirtualMachine | undefined,
              previous: before as VirtualMachine | undefined,
              whole: async () => at.cluster.clientFor(at.identity).get(virtualMachines, current),
            })
          }
          tell()
        },
        onState: tell,
      })
    }

    start()
    return {
      change(next) {
        current = next
        start()
      },
      resync: tell,
      close: () => view?.stop(),
    }
  },
}

type Update = Parameters<Parameters<ChannelKind<'object'>['open']>[0]['send']>[0]

function updateOf(state: WatchState, object: Readonly<KubeObject> | undefined): Update | Refusal | undefined {
  const seen = object === undefined ? {} : { object: withoutManagers(object) }
  switch (state.state) {
    case 'loading':
      return undefined
    case 'forbidden':
      return { reason: 'Forbidden', message: state.message }
    case 'stale':
      return { state: 'stale', ...seen, message: state.message }
    case 'absent':
      return { state: 'absent', message: state.message }
    case 'live':
      return object === undefined ? { state: 'absent' } : { state: 'present', ...seen }
  }
}

/** Who wrote which field is half of an object, and nothing shows it. */
function withoutManagers(object: Readonly<KubeObject>): KubeObject {
  const { managedFields: _managedFields, ...metadata } = object.metadata
  return { ...object, metadata }
}

function placeOf({ group, version, resource: plural, namespace, name }: ObjectRequest): {
  resource: ReturnType<typeof resource<KubeObject>>
  where: { namespace?: string; name: string }
} {
  const namespaced = namespace !== undefined
  return {
    // The kind's name is used for nothing but messages of writes.
    resource: resource<KubeObject>({
      apiVersion: apiVersionOf({ group, version }),
      resource: plural,
      kind: plural,
      namespaced,
    }),
    where: namespaced ? { namespace, name } : { name },
  }
}
