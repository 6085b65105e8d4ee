/** The machine of a page, live: itself, its instance, and what stands for it where there is an instance alone. */

import { useMemo } from 'react'
import { isStandalone, standaloneMachine, type VirtualMachine, type VirtualMachineInstance } from '@berth/api'
import { machineTones, refusals, type ActionId, type Tone } from '@berth/view'
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
  /** Actions the state rules out, and why. */
  refused: Partial<Record<ActionId, string>>
}

export type MachineState =
  | { state: 'loading' }
  | { state: 'absent' }
  | { state: 'refused'; message: string }
  | { state: 'present'; live: LiveMachine }

export function useMachine(target: MachineTarget): MachineState {
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
        refused: refusals({ machine: shown, instance: ownInstance }),
      },
    }
    // The target's parts are in the channels' requests.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [machine, instance, target.cluster, target.namespace, target.name])
}

function present(value: { state: string; object?: unknown } | undefined): unknown {
  return value === undefined || value.state === 'absent' ? undefined : value.object
}
