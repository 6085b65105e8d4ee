/** `berth policy create|list|show|delete|suspend|resume`. */

import type { CommandSpec } from '../command.ts'
import { allNamespacesOption, connectionOptions } from '../connection/options.ts'
import { yesOption } from '../output/ask.ts'
import { namedOutputOption, outputOption } from '../output/print-objects.ts'

const nameArgument = { name: 'NAME', summary: 'the policy', completion: 'policy' } as const

export const policyCreate: CommandSpec = {
  name: 'policy create',
  summary: 'take snapshots of VMs by the clock, and keep so many',
  description:
    'When both --keep and --keep-days are given, a snapshot goes as soon as one of them says so. The newest good snapshot of a VM always stays.',
  args: [{ name: 'NAME', summary: 'name of the policy' }],
  options: [
    {
      flags: '--schedule CRON',
      summary: 'minute, hour, day of month, month, day of week, like "30 2 * * *"; or @daily',
    },
    { flags: '--every DURATION', summary: 'each time this has passed, like 4h' },
    { flags: '--keep COUNT', summary: 'at most so many snapshots of each VM' },
    { flags: '--keep-days DAYS', summary: 'none older than this' },
    { flags: '--vm NAME', summary: 'this VM; may be given again', repeatable: true, completion: 'machine' },
    { flags: '-l, --selector LABELS', summary: 'VMs with these labels, as app=web,tier!=db' },
    { flags: '--all', summary: 'all VMs of the namespace, those to come as well' },
    { flags: '--window TIMES', summary: 'begin snapshots only then, like 01:00-05:00; what is due outside waits' },
    { flags: '--time-zone ZONE', summary: "whose clock is meant, like Europe/Berlin (default: this computer's)" },
    { flags: '--deadline DURATION', summary: 'give a snapshot up when it takes longer (default: 5m)' },
    { flags: '--suspend', summary: 'do not begin yet' },
    ...connectionOptions,
  ],
  examples: [
    'policy create nightly --schedule "30 2 * * *" --keep 7 --all',
    'policy create often --every 4h --keep-days 2 --vm web',
  ],
  async run(input, context) {
    const { createPolicy } = await import('../policies/policy-commands.ts')
    await createPolicy(input, context)
  },
}

export const policyList: CommandSpec = {
  name: 'policy list',
  summary: 'show snapshot policies, when they run next, and how it went',
  options: [allNamespacesOption, outputOption, ...connectionOptions],
  examples: ['policy list', 'policy list -A -o wide'],
  async run(input, context) {
    const { listPolicies } = await import('../policies/policy-commands.ts')
    await listPolicies(input, context)
  },
}

export const policyShow: CommandSpec = {
  name: 'policy show',
  summary: 'show a snapshot policy and how each VM fared',
  args: [nameArgument],
  options: [namedOutputOption, ...connectionOptions],
  examples: ['policy show nightly'],
  async run(input, context) {
    const { showPolicy } = await import('../policies/policy-commands.ts')
    await showPolicy(input, context)
  },
}

export const policyDelete: CommandSpec = {
  name: 'policy delete',
  summary: 'delete a snapshot policy; the snapshots it made stay',
  args: [nameArgument],
  options: [yesOption, ...connectionOptions],
  examples: ['policy delete nightly'],
  async run(input, context) {
    const { deletePolicy } = await import('../policies/policy-commands.ts')
    await deletePolicy(input, context)
  },
}

const pausing = (name: 'suspend' | 'resume', summary: string): CommandSpec => ({
  name: `policy ${name}`,
  summary,
  args: [nameArgument],
  options: [...connectionOptions],
  examples: [`policy ${name} nightly`],
  async run(input, context) {
    const { suspendPolicy } = await import('../policies/policy-commands.ts')
    await suspendPolicy(input, context, name === 'suspend')
  },
})

export const policySuspend = pausing('suspend', 'take no more snapshots for now')
export const policyResume = pausing('resume', 'take snapshots again')
