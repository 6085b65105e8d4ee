/** Why a machine that is meant to run has no running guest, apart from disks and nodes. */

import { isFinal } from '../status/phase.ts'
import { imageRemedy } from './condition-table.ts'
import { latestFirst } from './events.ts'
import type { WhyFacts } from './facts.ts'
import { finding, refTo, type Finding } from './finding.ts'

export function startReasons(facts: WhyFacts, now: Date): Finding[] {
  return [...crashLoop(facts, now), ...imagesWaited(facts), ...ended(facts)]
}

/** Starts that fail again and again, and the last words about it. */
function crashLoop({ machine, events }: WhyFacts, now: Date): Finding[] {
  const failure = machine.status?.startFailure
  const count = failure?.consecutiveFailCount ?? 0
  if (count === 0) return []
  const name = machine.metadata.name ?? ''
  const last = latestFirst(events).find(
    ({ involvedObject, type }) => involvedObject.kind === 'VirtualMachineInstance' && type === 'Warning',
  )
  const waitMs =
    failure?.retryAfterTimestamp === undefined ? 0 : Date.parse(failure.retryAfterTimestamp) - now.getTime()
  const next = waitMs > 0 ? `the next attempt is in ${Math.ceil(waitMs / 1000)} s` : 'the next attempt is due'
  const because =
    last?.message === undefined
      ? []
      : [finding({ ...refTo(machine, 'VirtualMachineInstance') }, `Its last start ended so: ${last.message}`)]
  return [
    finding(
      refTo(machine, 'VirtualMachine'),
      `It failed to start ${count} time${count === 1 ? '' : 's'} in a row; ${next}.`,
      {
        remedy: `Mend what is named below, see what the guest printed with \`berth vm logs ${name}\`, then start it now with \`berth vm restart ${name}\` instead of waiting.`,
        because,
      },
    ),
  ]
}

/** What kubelet says about the images of the launcher pod, where there is a kubelet. */
function imagesWaited({ pods, instance }: WhyFacts): Finding[] {
  if (instance === undefined || isFinal(instance)) return []
  return pods.flatMap((pod) =>
    (pod.status?.containerStatuses ?? []).flatMap(({ image, state }) => {
      const { reason = '', message = '' } = state?.waiting ?? {}
      if (!['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName'].includes(reason)) return []
      return [
        finding(
          refTo(pod, 'Pod'),
          `The image ${image ?? ''} cannot be fetched${message === '' ? '.' : `: ${message}`}`,
          { remedy: imageRemedy },
        ),
      ]
    }),
  )
}

/** Strategies that leave an ended guest as it is. */
function ended({ instance, machine, standalone = false }: WhyFacts): Finding[] {
  if (instance === undefined || !isFinal(instance)) return []
  const failed = instance.status?.phase === 'Failed'
  const name = machine.metadata.name ?? ''
  return [
    finding(
      refTo(instance, 'VirtualMachineInstance'),
      failed
        ? `Its guest ended badly${instance.status?.reason ? ` (${instance.status.reason})` : ''}.`
        : 'Its guest shut down in order.',
      {
        remedy: `See its last words with \`berth vm logs ${name}\`; ${standalone ? 'to run it again, delete and create it' : `start it again with \`berth vm start ${name}\``}.`,
      },
    ),
  ]
}
