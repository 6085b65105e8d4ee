/** Why a machine that is meant to be gone or stopped is still there. */

import { isFinal } from '../status/phase.ts'
import { finalizers } from '../names.ts'
import { finding, refTo, type Finding } from './finding.ts'
import type { WhyFacts } from './facts.ts'
import type { Wish } from './wished.ts'

/** Finalizers that Berth or KubeVirt take away by themselves once their work is done. */
const own: readonly string[] = [finalizers.machine, finalizers.instance]

export function stoppingReasons({ machine, instance }: WhyFacts, wish: Wish, now: Date): Finding[] {
  if (wish.state !== 'stopped' && wish.state !== 'deleted') return []
  const name = machine.metadata.name ?? ''
  const because: Finding[] = []
  if (instance !== undefined && !isFinal(instance)) {
    const grace = instance.spec.terminationGracePeriodSeconds ?? 30
    const asked = instance.metadata.deletionTimestamp
    const over = asked === undefined ? undefined : Math.round((now.getTime() - Date.parse(asked)) / 1000) > grace
    because.push(
      finding(
        refTo(instance, 'VirtualMachineInstance'),
        asked === undefined
          ? 'The guest still runs; the controller has not asked it to shut down yet.'
          : over === true
            ? `The guest was asked to shut down and has not within its grace period of ${grace} s; it is being ended.`
            : `The guest was asked to shut down and has ${grace} s for it.`,
        {
          remedy: `End it at once with \`berth vm stop ${name} --force\`; what the guest has not written to its disks is lost.`,
        },
      ),
    )
  }
  const foreign = (machine.metadata.finalizers ?? []).filter((each) => !own.includes(each))
  if (wish.state === 'deleted' && foreign.length > 0) {
    because.push(
      finding(refTo(machine, 'VirtualMachine'), `It is held by the finalizer ${foreign.join(', ')}.`, {
        remedy:
          'Whoever set the finalizer takes it away when its work is done; when that one is gone for good, edit the VM and remove the line yourself.',
      }),
    )
  }
  if (because.length === 0) return []
  return [
    finding(refTo(machine, 'VirtualMachine'), `It is meant to be ${wish.state}, because ${wish.from}.`, { because }),
  ]
}
