/** Why no node takes a machine. */

import { getCondition, isConditionTrue } from '@berth/meta'
import type { VirtualMachineInstance } from '../types/instance.ts'
import type { NodeFact, WhyFacts } from './facts.ts'
import { finding, refTo, type Finding } from './finding.ts'

/** The scheduler's word, then what keeps each node from it. Nothing when the machine has a place. */
export function nodeReasons({ instance, nodes }: WhyFacts): Finding[] {
  const scheduled = getCondition(instance?.status?.conditions, 'PodScheduled')
  if (instance === undefined || scheduled?.status !== 'False' || scheduled.reason !== 'Unschedulable') return []
  const because = nodes.flatMap((node) => againstNode(node, instance))
  const memory = instance.spec.domain.memory?.guest
  const short = /Insufficient memory/.test(scheduled.message ?? '')
  return [
    finding(
      refTo(instance, 'VirtualMachineInstance'),
      `No node can take it: ${scheduled.message ?? 'no reason given.'}`,
      {
        ...(short
          ? {
              remedy: `Stop another VM, or ask for less than ${memory ?? 'it does'} (spec.template.spec.domain.memory.guest).`,
            }
          : {}),
        because,
      },
    ),
  ]
}

function againstNode(node: NodeFact, instance: VirtualMachineInstance): Finding[] {
  const about = refTo(node, 'Node')
  const name = about.name
  const found: Finding[] = []
  const ready = getCondition(node.status?.conditions, 'Ready')
  if (ready?.status !== 'True') {
    found.push(
      finding(about, `Node "${name}" is not ready${ready?.message ? `: ${ready.message}` : '.'}`, {
        remedy: 'Look at its engine or kubelet; on one host, `berth doctor` says what is wrong.',
      }),
    )
  }
  if (node.spec?.unschedulable === true) {
    found.push(
      finding(about, `Node "${name}" is closed for new machines.`, {
        remedy: `Open it: \`kubectl uncordon ${name}\`.`,
      }),
    )
  }
  for (const taint of node.spec?.taints ?? []) {
    if (taint.effect === 'PreferNoSchedule' || taint.key === 'node.kubernetes.io/unschedulable') continue
    const tolerated = instance.spec.tolerations?.some(({ key }) => key === taint.key || key === undefined)
    if (tolerated === true) continue
    found.push(
      finding(
        about,
        `Node "${name}" has the taint ${taint.key}${taint.value ? `=${taint.value}` : ''}:${taint.effect}.`,
        {
          remedy: `Add a toleration to the VM, or remove the taint: \`kubectl taint nodes ${name} ${taint.key}-\`.`,
        },
      ),
    )
  }
  const labels = node.metadata.labels ?? {}
  for (const [key, value] of Object.entries(instance.spec.nodeSelector ?? {})) {
    if (labels[key] === value) continue
    found.push(
      finding(about, `Node "${name}" does not have the label ${key}=${value} that the VM's nodeSelector asks for.`, {
        remedy: `Label it: \`kubectl label node ${name} ${key}=${value}\`, or correct the nodeSelector.`,
      }),
    )
  }
  return found
}

/** Guests run, but slowly. */
export function emulationReasons({ instance, nodes }: WhyFacts): Finding[] {
  const node = nodes.find(({ metadata }) => metadata.name === instance?.status?.nodeName)
  if (node === undefined || !isConditionTrue(node.status?.conditions, 'SoftwareEmulation')) return []
  const why = getCondition(node.status?.conditions, 'SoftwareEmulation')?.message ?? ''
  return [
    finding(
      refTo(node, 'Node'),
      `Its guest is emulated and slow, because KVM does not work on this node${why === '' ? '.' : `: ${why}`}`,
      {
        remedy:
          'Enable virtualisation in the firmware of the host (or nested virtualisation of its own hypervisor) and give /dev/kvm to group kvm.',
      },
    ),
  ]
}
