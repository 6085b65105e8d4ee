/** Waits until a machine is as asked for, telling what it is doing meanwhile. */

import type { DataVolume, PrintableStatus, VirtualMachine, VirtualMachineInstance } from '@berth/api'
import { createInformer, type Client, type Informer } from '@berth/kube'
import { isConditionTrue, type KubeObject } from '@berth/meta'
import type { CommandContext } from '../context.ts'
import { CliError } from '../failure.ts'
import { formatElapsed } from '../output/progress.ts'
import { dataVolumes, isStandalone, standaloneMachine, virtualMachineInstances, virtualMachines } from '@berth/api'
import { troubleOf } from './disks.ts'
import { type MachineTarget } from './target.ts'

/** `restarted` is running with another instance than `previousUid`. */
export type Goal =
  | { state: 'running' | 'paused' | 'unpaused' | 'stopped' | 'deleted' }
  | { state: 'restarted'; previousUid: string | undefined }

export interface Sight {
  machine: Readonly<VirtualMachine> | undefined
  instance: Readonly<VirtualMachineInstance> | undefined
  dataVolumes: readonly Readonly<DataVolume>[]
}

export type Verdict = { kind: 'reached' } | { kind: 'waiting'; text: string } | { kind: 'hopeless'; text: string }

/** States that do not pass by themselves soon; waiting on would only hide them. */
const broken: readonly PrintableStatus[] = [
  'CrashLoopBackOff',
  'DataVolumeError',
  'ErrorUnschedulable',
  'ErrImagePull',
  'ImagePullBackOff',
  'ErrorPvcNotFound',
]

/** What a look at the machine means for the goal. */
export function judge(goal: Goal, sight: Sight): Verdict {
  const { machine, instance } = sight
  if (machine === undefined) {
    return goal.state === 'deleted' ? { kind: 'reached' } : { kind: 'hopeless', text: 'it was deleted meanwhile' }
  }
  const status = machine.status?.printableStatus
  const waiting: Verdict = {
    kind: 'waiting',
    text: [status ?? 'new', importText(sight)].filter((part) => part !== '').join(', '),
  }
  switch (goal.state) {
    case 'deleted':
      return waiting
    case 'stopped':
      return status === 'Stopped' && instance === undefined ? { kind: 'reached' } : waiting
    case 'paused':
      return status === 'Paused' ? { kind: 'reached' } : waiting
    case 'running':
    case 'unpaused':
      if (status === 'Running') return { kind: 'reached' }
      break
    case 'restarted':
      if (status === 'Running' && instance !== undefined && instance.metadata.uid !== goal.previousUid)
        return { kind: 'reached' }
      break
  }
  // An instance type that is not there, a quota: no instance comes until somebody mends it.
  const refused = instance === undefined && isConditionTrue(machine.status?.conditions, 'Failure')
  if (status !== undefined && (refused || broken.includes(status)))
    return { kind: 'hopeless', text: `${status}${reasonText(machine, sight)}` }
  return waiting
}

function importText({ dataVolumes }: Sight): string {
  return dataVolumes
    .filter(
      ({ status }) => status?.phase !== 'Succeeded' && status?.progress !== undefined && status.progress !== 'N/A',
    )
    .map(({ metadata, status }) => `${metadata.name ?? ''} ${status?.progress ?? ''}`)
    .join(', ')
}

function reasonText(machine: Readonly<VirtualMachine>, { dataVolumes }: Sight): string {
  const trouble = dataVolumes.map(troubleOf).find((text) => text !== undefined)
  if (trouble !== undefined) return `: ${trouble}`
  const told = machine.status?.conditions?.find(({ type, status, message }) => {
    const bad = type === 'Failure' ? status === 'True' : status === 'False' && type !== 'Ready'
    return bad && message !== undefined && message !== ''
  })
  return told === undefined ? '' : `: ${told.message ?? ''}`
}

const goalWords: Record<Goal['state'], string> = {
  running: 'Running',
  restarted: 'Running again',
  unpaused: 'Running',
  paused: 'Paused',
  stopped: 'Stopped',
  deleted: 'deleted',
}

/** The state before a request was acted on still shows for a moment; only after this counts a broken one. */
const settleMs = 3000

/** @throws {CliError} Failed, Timeout, Interrupted */
export async function waitForMachine(
  context: CommandContext,
  client: Client,
  request: { target: MachineTarget; goal: Goal; timeoutMs: number; text: string; doneText: string },
): Promise<void> {
  const { target, goal, timeoutMs, text, doneText } = request
  const { clock, progress, signal } = context
  const startedMs = clock.now().getTime()
  const options = { client, namespace: target.namespace, fieldSelector: `metadata.name=${target.name}`, clock }
  const seen = {
    machine: createInformer({ ...options, resource: virtualMachines }),
    instance: createInformer({ ...options, resource: virtualMachineInstances }),
    // All of the namespace: which of them matter is written in the machine.
    dataVolumes: createInformer({ client, namespace: target.namespace, clock, resource: dataVolumes }),
  }
  const informers: Informer<KubeObject>[] = [seen.machine, seen.instance, seen.dataVolumes]
  const step = progress.step(text)
  let cancelSettle = (): void => {}
  let cancelTimeout = (): void => {}
  try {
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (!seen.machine.synced || !seen.instance.synced) return
        const instance = seen.instance.get(target.namespace, target.name)
        const machine =
          seen.machine.get(target.namespace, target.name) ??
          // One without a machine is waited for as well, as when it is paused.
          (instance !== undefined && isStandalone(instance) ? standaloneMachine(instance) : undefined)
        const names = new Set(machine?.spec.dataVolumeTemplates?.map((template) => template.metadata.name))
        const verdict = judge(goal, {
          machine,
          instance,
          dataVolumes: seen.dataVolumes.list().filter((volume) => names.has(volume.metadata.name ?? '')),
        })
        if (verdict.kind === 'reached') resolve()
        else if (verdict.kind === 'waiting') step.update(`${text}: ${verdict.text}`)
        else if (machine === undefined || clock.now().getTime() - startedMs >= settleMs)
          reject(hopeless(target, goal, verdict.text))
      }
      for (const informer of informers) informer.on(look)
      void Promise.all([seen.machine.start(), seen.instance.start()]).then(look)
      // On servers without CDI this one never lists; it only adds percentages.
      void seen.dataVolumes.start()
      cancelSettle = clock.after(settleMs, look)
      cancelTimeout = clock.after(timeoutMs, () =>
        reject(tooLate(target, goal, seen.machine.get(target.namespace, target.name), timeoutMs)),
      )
      signal.addEventListener('abort', () => reject(new CliError('Interrupted', 'interrupted')), { once: true })
    })
    step.done(doneText)
  } catch (error) {
    step.fail()
    throw error
  } finally {
    cancelSettle()
    cancelTimeout()
    await Promise.all(informers.map((informer) => informer.stop()))
  }
}

function hopeless(target: MachineTarget, goal: Goal, text: string): CliError {
  return new CliError('Failed', `VM "${target.name}" will not be ${goalWords[goal.state]}: ${text}`, {
    remedy: `See \`berth vm why ${target.name}\`.`,
  })
}

function tooLate(
  target: MachineTarget,
  goal: Goal,
  machine: Readonly<VirtualMachine> | undefined,
  ms: number,
): CliError {
  const status = machine?.status?.printableStatus
  const found = status === undefined ? '' : `${status}, `
  return new CliError(
    'Timeout',
    `VM "${target.name}" is ${found}not ${goalWords[goal.state]} after ${formatElapsed(ms)}`,
    {
      remedy: `It goes on by itself; see \`berth vm why ${target.name}\`, or wait longer with --timeout.`,
    },
  )
}
