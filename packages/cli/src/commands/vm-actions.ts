/** The actions on a machine that are one subresource call each. */

import type { JsonObject } from '@berth/meta'
import type { CommandSpec } from '../command.ts'
import { connectionOptions } from '../connection/options.ts'
import type { CommandContext } from '../context.ts'
import type { Input } from '../input.ts'
import { waitOptions, type MachineAction } from '../machines/actions.ts'

async function act(action: MachineAction, input: Input, context: CommandContext, body: JsonObject = {}): Promise<void> {
  const { act: carryOut } = await import('../machines/act.ts')
  return carryOut(action, input, context, body)
}

const nameArgument = { name: 'NAME', summary: 'the VM', completion: 'machine' } as const

function actionCommand(summary: string, action: MachineAction): CommandSpec {
  return {
    name: `vm ${action.verb}`,
    summary,
    args: [nameArgument],
    options: [...waitOptions, ...connectionOptions],
    examples: [`vm ${action.verb} web`, `vm ${action.verb} web --no-wait`],
    run: (input, context) => act(action, input, context),
  }
}

export const vmStart = actionCommand('start a stopped VM', {
  verb: 'start',
  parent: 'virtualmachines',
  goal: 'running',
  doing: 'Starting',
  done: 'is running',
  hint: (name) => `berth vm console ${name}`,
})

const stopAction: MachineAction = {
  verb: 'stop',
  parent: 'virtualmachines',
  goal: 'stopped',
  doing: 'Stopping',
  done: 'is stopped; its disks are kept',
  hint: (name) => `berth vm start ${name}`,
}

export const vmStop: CommandSpec = {
  ...actionCommand('shut a VM down', stopAction),
  description:
    'The guest is asked to shut down, and cut off when it has not done so within its grace period. --force does not ask.',
  options: [{ flags: '--force', summary: 'cut the power at once' }, ...waitOptions, ...connectionOptions],
  examples: ['vm stop web', 'vm stop web --force'],
  run: (input, context) => act(stopAction, input, context, input.flag('force') ? { gracePeriod: 0 } : {}),
}

const restartAction: MachineAction = {
  verb: 'restart',
  parent: 'virtualmachines',
  goal: 'restarted',
  doing: 'Restarting',
  done: 'is running again',
}

export const vmRestart: CommandSpec = {
  ...actionCommand('shut a VM down and start it again', restartAction),
  options: [
    { flags: '--force', summary: 'cut the power instead of shutting down' },
    ...waitOptions,
    ...connectionOptions,
  ],
  examples: ['vm restart web', 'vm restart web --force'],
  run: (input, context) => act(restartAction, input, context, input.flag('force') ? { gracePeriodSeconds: 0 } : {}),
}

export const vmPause = actionCommand('freeze a running VM where it is', {
  verb: 'pause',
  parent: 'virtualmachineinstances',
  goal: 'paused',
  doing: 'Pausing',
  done: 'is paused',
  hint: (name) => `berth vm unpause ${name}`,
})

export const vmUnpause = actionCommand('let a paused VM go on', {
  verb: 'unpause',
  parent: 'virtualmachineinstances',
  goal: 'unpaused',
  doing: 'Unpausing',
  done: 'is running',
})
