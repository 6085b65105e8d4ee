/** The machine of a page, live: itself, its instance, and what stands for it where there is an instance alone. */

import { useMemo } from 'react'
import { isStandalone, standaloneMachine, type VirtualMachine, type VirtualMachineInstance } from '@berth/api'
import {
  actionTable,
  machineTones,
  refusals,
  rightOf,
  rightText,
  type ActionId,
  type Capabilities,
  type ObjectReference,
  type Tone,
} from '@berth/view'
import { useCapabilities } from '../../backend/index.ts'
import { useChannel } from '../../live/index.ts'
import { instanceReference, machineReference, type MachineTarget } from './machine-target.ts'

export interface LiveMachine {
  target: MachineTarget
  /** Of a standalone instance: what would have made it. */
  machine: VirtualMachine
  instance: VirtualMachineInstance | undefined
  standalone: boolean
  status: string
  tone: Tone
  /** The instance is there and has not ended. */
  running: boolean
  /** Its guest runs, or is paused: there is something to measure. */
  up: boolean
  /** The server is not reachable: this is the last that was seen. */
  stale: string | undefined
  /** Why its manifest may not be written, or no disk attached, by this person; undefined where it may, or is not known. */
  mayChange: string | undefined
  mayAttach: string | undefined
  /** Actions that the state or the person's rights rule out, and why. */
  refused: Partial<Record<ActionId, string>>
}

export type MachineState =
  | { state: 'loading' }
  | { state: 'absent' }
  | { state: 'refused'; message: string }
  | { state: 'present'; live: LiveMachine }

export function useMachine(target: MachineTarget): MachineState {
  const rights = useCapabilities(target.cluster, target.namespace).data?.rights
  const machine = useChannel('object', machineReference(target))
  const instance = useChannel('object', instanceReference(target))
  return useMemo((): MachineState => {
    // Objects of the resources that were asked for.
    const ownMachine = present(machine.value) as VirtualMachine | undefined
    const ownInstance = present(instance.value) as VirtualMachineInstance | undefined
    const standalone = ownMachine === undefined && ownInstance !== undefined && isStandalone(ownInstance)
    const shown = ownMachine ?? (standalone ? standaloneMachine(ownInstance) : undefined)
    if (shown === undefined) {
      if (machine.status === 'refused') return { state: 'refused', message: machine.refusal?.message ?? '' }
      const known = machine.value !== undefined && (instance.value !== undefined || instance.status === 'refused')
      return known && machine.value?.state === 'absent' ? { state: 'absent' } : { state: 'loading' }
    }
    const status = shown.status?.printableStatus ?? 'Unknown'
    const stale = [machine.value, instance.value].find((value) => value?.state === 'stale')?.message
    const phase = ownInstance?.status?.phase
    return {
      state: 'present',
      live: {
        target,
        machine: shown,
        instance: ownInstance,
        standalone,
        status,
        // A newer server may have states that are not in the table.
        tone: Object.hasOwn(machineTones, status) ? machineTones[status] : 'attention',
        up: phase === 'Running',
        running: ownInstance !== undefined && phase !== 'Succeeded' && phase !== 'Failed',
        stale,
        refused: {
          ...forbidden(rights, standalone ? instanceReference(target) : machineReference(target)),
          ...refusals({ machine: shown, instance: ownInstance }),
        },
        mayChange: may(rights, 'virtualmachines.kubevirt.io/update'),
        mayAttach: may(
          rights,
          `${standalone ? 'virtualmachineinstances' : 'virtualmachines'}/addvolume.subresources.kubevirt.io/update`,
        ),
      },
    }
    // The target's parts are in the channels' requests.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [machine, instance, rights, target.cluster, target.namespace, target.name])
}

function present(value: { state: string; object?: unknown } | undefined): unknown {
  return value === undefined || value.state === 'absent' ? undefined : value.object
}

/** What is not in the document is not known, and tried. */
function may(rights: Capabilities['rights'] | undefined, right: string): string | undefined {
  const answer = rights?.[right]
  return typeof answer === 'string' ? answer : undefined
}

function forbidden(
  rights: Capabilities['rights'] | undefined,
  target: ObjectReference,
): Partial<Record<ActionId, string>> {
  const found: Partial<Record<ActionId, string>> = {}
  for (const action of actionTable) {
    const why = may(rights, rightText(rightOf(action, target)))
    if (why !== undefined) found[action.id] = why
  }
  return found
}
