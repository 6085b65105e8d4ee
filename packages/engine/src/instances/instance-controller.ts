/**
 * VirtualMachineInstances: from accepted to running to ended. Plays the parts of KubeVirt's virt-controller (launcher pod, phases
 * up to Scheduled) and virt-handler (the machine itself). State machine: kubevirt-semantics 2.4.
 */

import { messageOf } from '@berth/base'
import { isFinal, type VirtualMachineInstance } from '@berth/api'
import { DriverError, type Domain } from '@berth/hypervisor'
import { parseTime, StatusError } from '@berth/meta'
import {
  createController,
  parseKey,
  pods,
  type Controller,
  type EventRecorder,
  type Pod,
  type ReconcileResult,
} from '@berth/kube'
import { EngineError } from '../errors.ts'
import type { EngineServices } from '../services.ts'
import { AgentWatch } from './agent-watch.ts'
import { removeEphemeral } from './ephemeral.ts'
import { finishPod, launcherPodFor, podOf, readyPod } from './launcher-pod.ts'
import { buildDomainSpec } from './domain-spec.ts'
import { InstanceWriter } from './instance-writer.ts'
import { endOf, phaseUpdate, runningUpdate, syncFailure, type StatusUpdate } from './instance-status.ts'
import { missingVolumes } from './volume-readiness.ts'
import { chooseNode } from './scheduler.ts'

/** ACPI power-down is sent again this often: a guest that is booting or busy misses the first (KubeVirt does the same). */
const powerDownEveryMs = 5000
const volumesRecheckMs = 30_000

export interface InstanceController extends Controller {
  /** Machines that ran when the engine last died, before `start`. */
  noteEnded(ids: Iterable<string>): void
}

export function createInstanceController(
  services: EngineServices,
  recorders: { controller: EventRecorder; handler: EventRecorder },
): InstanceController {
  const { client, informers, driver, clock, logger } = services
  const writer = new InstanceWriter(services)
  const agents = new AgentWatch(services, (key) => controller.enqueue(key))
  const lastPowerDown = new Map<string, number>()
  /** Ended while no engine was looking: their host went down, whatever QEMU said last. */
  const endedUnseen = new Set<string>()

  async function reconcile(key: string): Promise<ReconcileResult> {
    const { namespace, name } = parseKey(key)
    const instance = informers.instances.get(namespace, name)
    if (instance === undefined) return agents.forget(key)
    const domain = driver.get(uidOf(instance))
    if (isFinal(instance)) return cleanUp(instance, domain)
    if (instance.metadata.deletionTimestamp !== undefined)
      return shutDown(instance, domain, parseTime(instance.metadata.deletionTimestamp))
    if (domain !== undefined) return follow(instance, domain)
    const phase = instance.status?.phase
    if (phase === 'Running' || endedUnseen.has(uidOf(instance))) {
      const message = 'The virtual machine ended while its host was down.'
      return end(instance, { phase: 'Failed', reason: 'HostDown', message })
    }
    return phase === 'Scheduled' ? start(instance) : schedule(instance)
  }

  /** Pending to Scheduled: volumes there, a node chosen, the launcher pod made. */
  async function schedule(instance: Readonly<VirtualMachineInstance>): Promise<ReconcileResult> {
    const missing = missingVolumes(instance, informers)
    if (missing !== undefined) {
      await writer.apply(instance, syncFailure(missing.reason, missing.message))
      if (missing.event)
        recorders.controller.record(instance, { type: 'Warning', reason: missing.reason, message: missing.message })
      return { requeueAfterMs: volumesRecheckMs }
    }
    const choice = chooseNode(instance, { nodes: informers.nodes.list(), instances: informers.instances.list() })
    const pod = await ensurePod(instance, choice.node)
    if (choice.node === undefined) {
      await writer.apply(instance, {
        ...phaseUpdate('Scheduling'),
        conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: choice.why }],
      })
      return { requeueAfterMs: volumesRecheckMs }
    }
    const scheduling = await writer.apply(instance, phaseUpdate('Scheduling'))
    const scheduled = await writer.apply(scheduling, {
      ...phaseUpdate('Scheduled'),
      nodeName: choice.node,
      activePods: { [pod.metadata.uid ?? '']: choice.node },
      removeConditions: ['PodScheduled', 'Synchronized'],
    })
    return start(scheduled)
  }

  async function ensurePod(
    instance: Readonly<VirtualMachineInstance>,
    node: string | undefined,
  ): Promise<Readonly<Pod>> {
    const existing = podOf(instance, informers.pods)
    if (existing !== undefined && existing.spec.nodeName === node) return existing
    if (existing !== undefined)
      await client.delete(
        pods,
        { namespace: existing.metadata.namespace ?? '', name: existing.metadata.name ?? '' },
        { gracePeriodSeconds: 0 },
      )
    const pod = await client.create(pods, launcherPodFor(instance, { node, random: services.random }))
    recorders.controller.record(instance, {
      type: 'Normal',
      reason: 'SuccessfulCreate',
      message: `Created virtual machine pod ${pod.metadata.name ?? ''}`,
    })
    return pod
  }

  /** Scheduled to Running: disks prepared, QEMU started. */
  async function start(instance: Readonly<VirtualMachineInstance>): Promise<ReconcileResult> {
    let domain: Domain
    try {
      domain = await driver.start(await buildDomainSpec(instance, services))
    } catch (error) {
      return startFailed(instance, error)
    }
    recorders.handler.record(instance, {
      type: 'Normal',
      reason: 'Created',
      message: 'VirtualMachineInstance defined.',
    })
    recorders.handler.record(instance, {
      type: 'Normal',
      reason: 'Started',
      message: 'VirtualMachineInstance started.',
    })
    return follow(instance, domain)
  }

  async function startFailed(instance: Readonly<VirtualMachineInstance>, error: unknown): Promise<ReconcileResult> {
    const message =
      error instanceof Error && 'remedy' in error && typeof error.remedy === 'string'
        ? `${error.message} ${error.remedy}`
        : messageOf(error)
    recorders.handler.record(instance, { type: 'Warning', reason: 'SyncFailed', message })
    // What is missing may still come; what QEMU refuses, or a spec this host cannot run, ends this try.
    const mayCome = error instanceof EngineError || (error instanceof StatusError && error.code === 'NotFound')
    if (mayCome) {
      await writer.apply(instance, syncFailure('FailedCreate', message))
      throw error
    }
    if (error instanceof DriverError && error.code === 'AlreadyExists') throw error
    logger.warn({ instance: uidOf(instance), error: message }, 'machine did not start')
    const failed = await writer.apply(instance, syncFailure('FailedCreate', message))
    return end(failed, { phase: 'Failed', reason: 'StartFailed', message })
  }

  /** The machine exists: make the API say what it does. */
  async function follow(instance: Readonly<VirtualMachineInstance>, domain: Domain): Promise<ReconcileResult> {
    const { status } = domain
    if (status.state === 'stopped') return end(instance, endOf(instance, status))
    const pod = podOf(instance, informers.pods)
    if (pod === undefined || pod.metadata.deletionTimestamp !== undefined) {
      return shutDown(
        instance,
        domain,
        pod === undefined ? clock.now() : parseTime(pod.metadata.deletionTimestamp ?? ''),
      )
    }
    if (status.state === 'starting') return
    const guest = agents.observe(instance, domain)
    const updated = await writer.apply(instance, runningUpdate(instance, domain, guest))
    recordPause(instance, domain)
    if (pod.status?.phase !== 'Running') await client.updateStatus(pods, readyPod(pod, updated, clock.now()))
  }

  function recordPause(instance: Readonly<VirtualMachineInstance>, domain: Domain): void {
    const wasPaused =
      instance.status?.conditions?.some((entry) => entry.type === 'Paused' && entry.status === 'True') ?? false
    const isPaused = domain.status.state === 'paused'
    if (wasPaused === isPaused || instance.status?.phase !== 'Running') return
    recorders.handler.record(instance, {
      type: 'Normal',
      reason: isPaused ? 'Paused' : 'Unpaused',
      message: isPaused ? 'VirtualMachineInstance paused' : 'VirtualMachineInstance unpaused',
    })
  }

  /** Asks the guest to power off until the grace period is over, then ends the machine. */
  async function shutDown(
    instance: Readonly<VirtualMachineInstance>,
    domain: Domain | undefined,
    since: Date,
  ): Promise<ReconcileResult> {
    if (domain === undefined || domain.status.state === 'stopped') {
      const how =
        domain === undefined
          ? { phase: 'Failed' as const, reason: 'Deleted', message: 'Deleted before it ran.' }
          : endOf(instance, domain.status)
      return end(instance, how)
    }
    const id = uidOf(instance)
    const now = clock.now().getTime()
    const deadline = since.getTime() + (instance.spec.terminationGracePeriodSeconds ?? 30) * 1000
    const first = !lastPowerDown.has(id)
    // Without ACPI there is no power button to press.
    if (now >= deadline || instance.spec.domain.features?.acpi?.enabled === false) {
      recorders.handler.record(instance, { type: 'Normal', reason: 'Deleted', message: 'Signaled Deletion' })
      await domain.destroy()
      return
    }
    if (first)
      recorders.handler.record(instance, {
        type: 'Normal',
        reason: 'ShuttingDown',
        message: 'Signaled Graceful Shutdown',
      })
    if (now - (lastPowerDown.get(id) ?? 0) >= powerDownEveryMs) {
      lastPowerDown.set(id, now)
      // A paused guest cannot obey the button.
      if (domain.status.state === 'paused') await domain.resume()
      await domain.powerDown()
    }
    return { requeueAfterMs: Math.min(powerDownEveryMs, deadline - now) }
  }

  async function end(
    instance: Readonly<VirtualMachineInstance>,
    how: StatusUpdate & { phase: 'Succeeded' | 'Failed' },
  ): Promise<ReconcileResult> {
    const ended = await writer.apply(instance, how)
    recorders.handler.record(ended, {
      type: how.phase === 'Failed' ? 'Warning' : 'Normal',
      reason: 'Stopped',
      message:
        how.message ??
        (how.phase === 'Failed' ? 'The VirtualMachineInstance crashed.' : 'The VirtualMachineInstance was shut down.'),
    })
    return cleanUp(ended, driver.get(uidOf(instance)))
  }

  /** Final: nothing of the run stays on the host; the finalizer goes last, so that a crash repeats this. */
  async function cleanUp(instance: Readonly<VirtualMachineInstance>, domain: Domain | undefined): Promise<void> {
    const id = uidOf(instance)
    if (domain !== undefined && domain.status.state !== 'stopped') await domain.destroy()
    await driver.forget(id)
    await removeEphemeral(services.paths, id)
    lastPowerDown.delete(id)
    endedUnseen.delete(id)
    const pod = podOf(instance, informers.pods)
    if (pod !== undefined) await finishPod(client, pod, { instance, now: clock.now() })
    if (instance.metadata.deletionTimestamp !== undefined) await writer.release(instance, informers.machines)
  }

  const controller = createController({
    name: 'instances',
    workers: 8,
    reconcile,
    watches: [
      { informer: informers.instances },
      { informer: informers.pods, keys: (pod) => ownerKeys(pod, 'VirtualMachineInstance') },
      { informer: informers.claims, keys: (claim) => services.instanceKeysOfClaim(claim) },
      { informer: informers.dataVolumes, keys: (dataVolume) => services.instanceKeysOfClaim(dataVolume) },
      // A machine that goes leaves its instance to be released.
      { informer: informers.machines },
    ],
    ...services.runtime,
  })
  return {
    ...controller,
    noteEnded(ids) {
      for (const id of ids) endedUnseen.add(id)
    },
    async stop() {
      agents.stop()
      await controller.stop()
    },
  }
}

function uidOf(instance: Readonly<VirtualMachineInstance>): string {
  return instance.metadata.uid ?? ''
}

function ownerKeys(
  object: { metadata: { namespace?: string; ownerReferences?: { kind: string; name: string }[] } },
  kind: string,
): string[] {
  return (object.metadata.ownerReferences ?? [])
    .filter((owner) => owner.kind === kind)
    .map((owner) => `${object.metadata.namespace ?? ''}/${owner.name}`)
}
