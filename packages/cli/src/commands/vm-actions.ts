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

/** Done when the server says so. */
function plainCommand(parts: {
  name: string
  summary: string
  description?: string
  action: MachineAction
}): CommandSpec {
  const { name, summary, description, action } = parts
  return {
    name: `vm ${name}`,
    summary,
    ...(description === undefined ? {} : { description }),
    args: [nameArgument],
    options: [...connectionOptions],
    examples: [`vm ${name} web`],
    run: (input, context) => act(action, input, context),
  }
}

export const vmSoftReboot = plainCommand({
  name: 'soft-reboot',
  summary: 'ask the guest of a running VM to reboot',
  description:
    'Through its guest agent, or with the power button where there is none. The VM goes on in the same process.',
  action: {
    verb: 'softreboot',
    parent: 'virtualmachineinstances',
    doing: 'Rebooting',
    done: 'was asked to reboot',
  },
})

export const vmReset = plainCommand({
  name: 'reset',
  summary: 'press the reset button of a running VM',
  description: 'The guest is not asked: what it has not written is lost. `vm soft-reboot` asks.',
  action: { verb: 'reset', parent: 'virtualmachineinstances', doing: 'Resetting', done: 'was reset' },
})

const freezeAction: MachineAction = {
  verb: 'freeze',
  parent: 'virtualmachineinstances',
  doing: 'Freezing',
  done: 'holds its file systems',
}

export const vmFreeze: CommandSpec = {
  ...plainCommand({
    name: 'freeze',
    summary: 'write out and hold the file systems of a running guest',
    description: 'For a consistent copy of its disks; needs the guest agent. The guest goes on by itself after a time.',
    action: freezeAction,
  }),
  options: [
    { flags: '--timeout DURATION', summary: 'let go by itself after this time', default: '5m' },
    ...connectionOptions,
  ],
  examples: ['vm freeze web', 'vm freeze web --timeout 30s'],
  run: (input, context) =>
    act(freezeAction, input, context, { unfreezeTimeout: `${(input.duration('timeout') ?? 300_000) / 1000}s` }),
}

export const vmUnfreeze = plainCommand({
  name: 'unfreeze',
  summary: 'let go of the file systems of a guest',
  action: { verb: 'unfreeze', parent: 'virtualmachineinstances', doing: 'Unfreezing', done: 'goes on writing' },
})
