/** Does an action on one machine: at once where nothing is lost by it, after a dialog with the plan where something stops. */

import { useMutation } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { actionOf, type ActionId } from '@berth/view'
import { makePlan, startTask } from '../../../backend/index.ts'
import { useMessages } from '../../../i18n/index.ts'
import { machineTabPath, workloadsPath } from '../../../routes/paths.ts'
import { useGo } from '../../../routes/navigation.tsx'
import { showToast } from '../../../ui/index.ts'
import { PlanDialog } from '../../actions/index.ts'
import type { LiveMachine } from '../use-machine.ts'

export interface MachineActions {
  act: (action: ActionId) => void
  /** The action that is being asked for. */
  busy: ActionId | undefined
  /** The dialog that is open; to be drawn somewhere. */
  dialog: ReactNode
}

export function useMachineActions({ target, standalone }: Pick<LiveMachine, 'target' | 'standalone'>): MachineActions {
  const t = useMessages('machine')
  const go = useGo()
  const [asking, setAsking] = useState<ActionId>()
  const kind = standalone ? 'VirtualMachineInstance' : 'VirtualMachine'
  const keys = [`${target.cluster}/${kind}/${target.namespace}/${target.name}`]
  const { mutate, isPending, variables } = useMutation({
    mutationFn: async (action: ActionId) => {
      const plan = await makePlan({ action, selection: { kind: 'keys', keys } })
      const [refused] = plan.refused
      if (refused !== undefined) throw new Error(refused.why)
      return startTask(plan)
    },
    onError: (error) => showToast({ text: error.message, tone: 'danger' }),
  })
  return {
    act(action) {
      const { does, danger } = actionOf(action)
      if (action === 'snapshot' || action === 'clone' || action === 'export')
        go(machineTabPath({ ...target, tab: 'disks' }, { open: action }))
      else if (action === 'edit') go(machineTabPath({ ...target, tab: 'configure' }))
      else if (does === 'opens')
        go(machineTabPath({ ...target, tab: 'console' }, { kind: action === 'console' ? 'serial' : 'vnc' }))
      else if (danger === 'none') mutate(action)
      else setAsking(action)
    },
    busy: isPending ? variables : undefined,
    dialog:
      asking === undefined ? null : (
        <PlanDialog
          action={asking}
          name={target.name}
          selection={{ kind: 'keys', keys }}
          onClose={() => setAsking(undefined)}
          onStarted={() => {
            if (asking !== 'delete') return
            showToast({ text: t('deleteStarted', { name: target.name }) })
            go(workloadsPath())
          }}
        />
      ),
  }
}
