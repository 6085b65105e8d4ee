/**
 * VirtualMachineInstances: from accepted to running to ended. Plays the parts of KubeVirt's virt-controller (launcher pod, phases
 * up to Scheduled) and virt-handler (the machine itself).
 */

import { messageOf } from '@berth/base'
import { isFinal, type VirtualMachineInstance, virtualMachineInstances } from '@berth/api'
import { DriverError, type Domain } from '@berth/hypervisor'
import { getCondition, parseTime, StatusError } from '@berth/meta'
import {
  createController,
  keyOf,
  parseKey,
  pods,
  type Controller,
  type EventRecorder,
  type Pod,
  type ReconcileResult,
} from '@berth/kube'
import { EngineError } from '../errors.ts'
import type { EngineServices } from '../services.ts'
import { removeEphemeral } from './ephemeral.ts'
import { Companions } from './guest/companions.ts'
import { thawWhenDue } from './guest/freeze.ts'
import { findPod, finishPod, isUpToDate, launcherPodFor, podOf, runningPod } from './launcher-pod.ts'
import { launcherResources, launcherSettings, type PodResources } from './launcher-resources.ts'
import { buildDomainSpec } from './domain-spec.ts'
import { withoutRoot } from '../host/data-directory.ts'
import { tellOfEviction, tellOfOvercommitment, tellOfPause } from './instance-events.ts'
import { VolumePlugs } from './hotplug/volume-plugs.ts'
import { InstanceWriter } from './instance-writer.ts'
import { launchStatus } from './launch-status.ts'
import { endOf, phaseUpdate, syncFailure, type StatusUpdate } from './instance-status.ts'
import { waitingStatus } from './images/waiting-pod.ts'
import { PowerDown } from './power-down.ts'
import { isReady, runningUpdate, type Seen } from './running-status.ts'
import { uidOf } from './uid.ts'
import { prepareState } from './state/prepare-state.ts'
import { generatedSizes } from './volume-sizes.ts'
import { dataVolumesCondition, missingVolumes } from './volume-readiness.ts'
import { asksForNamespaces } from './placement/neighbours.ts'
import { namespaceLabels } from './placement/namespace-labels.ts'
import { fullStoragesOf } from '../volumes/full-storages.ts'
import { chooseNode } from './scheduler.ts'

/** What only other machines or nodes can change wakes the waiting ones; this is for what nobody tells. */
const recheckMs = 30_000
/** Secrets, config maps and files of the host are not watched: a waiting machine looks again this often. */
const dependencyRecheckMs = 3000

export function createInstanceController(
  services: EngineServices,
  recorders: { controller: EventRecorder; handler: EventRecorder },
): Controller {
  const { client, informers, driver, clock, logger } = services
  const writer = new InstanceWriter(services)
  const companions = new Companions(services, recorders.handler, (key) => controller.enqueue(key))
  const powerDown = new PowerDown({ clock, events: recorders.handler, writer })
  const locks = services.diskLocks
  const plugs = new VolumePlugs({
    services,
    locks,
    events: recorders.handler,
    changed: (key) => controller.enqueue(key),
  })
  /** Wait for memory, a node or a disk that another machine has. */
  const waiting = new Set<string>()
  /** Where machines were placed a moment ago, which the cache may not show yet. */
  const placed = new Map<string, string>()
  const lastSeen = new Map<string, string>()

  async function reconcile(key: string): Promise<ReconcileResult> {
    const { namespace, name } = parseKey(key)
    const instance = informers.instances.get(namespace, name)
    await removeLost(key, instance)
    if (instance === undefined) return
    const domain = driver.get(uidOf(instance))
    if (isFinal(instance)) return cleanUp(instance)
    if (instance.metadata.deletionTimestamp !== undefined) {
      if (domain === undefined)
        return end(instance, { phase: 'Failed', reason: 'Deleted', message: 'Deleted before it ran.' })
      if (domain.status.state === 'stopped') return end(instance, endOf(instance, domain.status))
      return powerDown.step(instance, domain, { since: parseTime(instance.metadata.deletionTimestamp).getTime() })
    }
    if (domain !== undefined) return follow(instance, domain)
    const phase = instance.status?.phase
    if (phase === 'Running') {
      const message = 'The virtual machine ended while its host was down.'
      return end(instance, { phase: 'Failed', reason: 'HostDown', message })
    }
    if (phase !== 'Scheduled') return schedule(instance)
    return start(await client.get(virtualMachineInstances, { namespace: namespace ?? '', name }))
  }

  /** Somebody tore the finalizers off an instance: its machine must not run on, known to nobody. */
  async function removeLost(key: string, instance: Readonly<VirtualMachineInstance> | undefined): Promise<void> {
    const before = lastSeen.get(key)
    const now = instance === undefined ? undefined : uidOf(instance)
    if (before !== undefined && before !== now) {
      companions.forget(key)
      await removeRun(before)
    }
    if (now === undefined) lastSeen.delete(key)
    else lastSeen.set(key, now)
  }

  /** Pending to Scheduled: volumes there, a node chosen, the launcher pod made. */
  async function schedule(instance: Readonly<VirtualMachineInstance>): Promise<ReconcileResult> {
    const volumesReady = dataVolumesCondition(instance, informers.dataVolumes)
    const missing = missingVolumes(instance, informers) ?? (await prepareState(instance, services))
    if (missing !== undefined) {
      const failed = syncFailure(missing.reason, missing.message)
      await writer.apply(instance, { ...failed, conditions: [...(failed.conditions ?? []), ...volumesReady] })
      if (missing.event)
        recorders.controller.record(instance, { type: 'Warning', reason: missing.reason, message: missing.message })
      return { requeueAfterMs: recheckMs }
    }
    const instances = informers.instances.list()
    const labelsOf = asksForNamespaces(instance, instances) ? await namespaceLabels(client) : undefined
    const settings = launcherSettings(services.configuration.get())
    const placements = { instances, placed, settings }
    const choice = chooseNode(instance, {
      nodes: informers.nodes.list(),
      ...placements,
      nodeSelectors: services.configuration.get().nodeSelectors,
      ...(labelsOf === undefined ? {} : { namespaceLabels: labelsOf }),
    })
    if (choice.node === undefined) waiting.add(keyOf(instance))
    else placed.set(uidOf(instance), choice.node)
    const pod = await ensurePod(instance, choice.node)
    if (pod instanceof StatusError) return podRefused(instance, pod)
    if (choice.node === undefined) {
      await writer.apply(instance, {
        ...phaseUpdate('Scheduling'),
        conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: choice.why }],
      })
      return { requeueAfterMs: recheckMs }
    }
    const scheduling = await writer.apply(instance, phaseUpdate('Scheduling'))
    const images = services.containerImages.check(scheduling, pod)
    if (images !== undefined) {
      const { failure, recheckMs } = images
      if (failure !== undefined) {
        const status = waitingStatus(pod, failure)
        const target = { namespace: pod.metadata.namespace ?? '', name: pod.metadata.name ?? '', subresource: 'status' }
        if (status !== undefined) await client.patch(pods, target, { type: 'merge', patch: { status } })
        await writer.apply(scheduling, syncFailure(failure.reason, failure.message))
      }
      return { requeueAfterMs: recheckMs }
    }
    const scheduled = await writer.apply(scheduling, {
      ...phaseUpdate('Scheduled'),
      nodeName: choice.node,
      activePods: { [pod.metadata.uid ?? '']: choice.node },
      ...launchStatus(instance, services.configuration.get()),
      conditions: volumesReady,
      removeConditions: ['PodScheduled', 'Synchronized'],
    })
    const node = informers.nodes.get(undefined, choice.node)
    if (node !== undefined) tellOfOvercommitment(recorders.controller, scheduled, { node, placements })
    return start(scheduled)
  }

  /** A quota, a limit or a policy of the namespace: its owner has to know, and room may come. */
  async function podRefused(
    instance: Readonly<VirtualMachineInstance>,
    refusal: StatusError,
  ): Promise<ReconcileResult> {
    const message = `failed to create virtual machine pod: ${refusal.message}`
    if (syncMessageOf(instance) !== message) {
      recorders.controller.record(instance, {
        type: 'Warning',
        reason: 'FailedCreate',
        message: `Error creating pod: ${refusal.message}`,
      })
      await writer.apply(instance, syncFailure('FailedCreate', message))
    }
    return { requeueAfterMs: dependencyRecheckMs }
  }

  /** A refusal of the pod is returned, as it is no failure of the controller. */
  async function ensurePod(
    instance: Readonly<VirtualMachineInstance>,
    node: string | undefined,
  ): Promise<Readonly<Pod> | StatusError> {
    const existing = await findPod(instance, services)
    if (existing !== undefined && existing.spec.nodeName === node) return existing
    if (existing !== undefined)
      await client.delete(
        pods,
        { namespace: existing.metadata.namespace ?? '', name: existing.metadata.name ?? '' },
        { gracePeriodSeconds: 0 },
      )
    let pod: Readonly<Pod>
    try {
      pod = await client.create(pods, launcherPodFor(instance, { node, resources: resourcesOf(instance) }))
    } catch (error) {
      if (error instanceof StatusError && (error.code === 'Forbidden' || error.code === 'Invalid')) return error
      throw error
    }
    recorders.controller.record(instance, {
      type: 'Normal',
      reason: 'SuccessfulCreate',
      message: `Created virtual machine pod ${pod.metadata.name ?? ''}`,
    })
    return pod
  }

  /**
   * Scheduled to Running: disks prepared, QEMU started.
   * @param instance as the server has it now: from an old copy, a machine that has just ended would be started a second time
   */
  async function start(instance: Readonly<VirtualMachineInstance>): Promise<ReconcileResult> {
    if (instance.status?.phase !== 'Scheduled' || instance.metadata.deletionTimestamp !== undefined) return
    let domain: Domain
    try {
      const spec = await buildDomainSpec(instance, services)
      domain = await locks.during(spec, () => driver.start(spec))
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
    const words =
      error instanceof Error && 'remedy' in error && typeof error.remedy === 'string'
        ? `${error.message} ${error.remedy}`
        : messageOf(error)
    const message = withoutRoot(words, services.paths)
    if (syncMessageOf(instance) !== message)
      recorders.handler.record(instance, { type: 'Warning', reason: 'SyncFailed', message })
    if (error instanceof DriverError && error.code === 'AlreadyExists') throw error
    const failed = await writer.apply(instance, syncFailure('FailedCreate', message))
    // What is missing may still come; what QEMU refuses, or a spec this host cannot run, ends this try.
    if (error instanceof EngineError && error.code === 'VolumeInUse') {
      waiting.add(keyOf(instance))
      return { requeueAfterMs: recheckMs }
    }
    if (error instanceof EngineError || (error instanceof StatusError && error.code === 'NotFound'))
      return { requeueAfterMs: dependencyRecheckMs }
    logger.warn({ instance: uidOf(instance), error: words }, 'machine did not start')
    return end(failed, { phase: 'Failed', reason: 'StartFailed', message })
  }

  /** The machine exists: make the API say what it does. */
  async function follow(instance: Readonly<VirtualMachineInstance>, domain: Domain): Promise<ReconcileResult> {
    const { status } = domain
    if (status.state === 'stopped') return end(instance, endOf(instance, status))
    const pod = await findPod(instance, services)
    if (pod === undefined) return powerDown.step(instance, domain)
    if (pod.metadata.deletionTimestamp !== undefined)
      return powerDown.step(instance, domain, { deadline: parseTime(pod.metadata.deletionTimestamp).getTime() })
    if (status.state === 'starting') return
    const sizes = await generatedSizes(instance, domain)
    const { steps, retryMs } = plugs.step(instance, domain)
    const fullStorages = fullStoragesOf(domain, services)
    const seen = { ...companions.observe(instance, domain), sizes, steps, fullStorages }
    const updated = await writer.apply(instance, runningUpdate(instance, domain, seen))
    tellOfPause(recorders.handler, instance, domain)
    if (instance.status?.phase !== 'Running')
      tellOfEviction(recorders.handler, updated, services.configuration.get().evictionStrategy)
    await showReadiness(pod, updated, seen)
    if (seen.probes.liveness?.well === false) return endUnwell(instance, pod)
    const thawInMs = await thawWhenDue(services, { instance: updated, domain })
    const again = [thawInMs, retryMs].filter((ms) => ms !== undefined)
    return again.length === 0 ? undefined : { requeueAfterMs: Math.min(...again) }
  }

  async function showReadiness(
    pod: Readonly<Pod>,
    instance: Readonly<VirtualMachineInstance>,
    seen: Seen,
  ): Promise<void> {
    const ready = isReady(instance, seen.probes)
    if (!isUpToDate(pod, ready)) await client.updateStatus(pods, runningPod(pod, { instance, ready, now: clock.now() }))
  }

  /** As kubelet ends a pod: it is deleted with its grace period, and the machine follows it. What comes then is the run strategy's. */
  async function endUnwell(instance: Readonly<VirtualMachineInstance>, pod: Readonly<Pod>): Promise<void> {
    recorders.handler.record(instance, {
      type: 'Normal',
      reason: 'Killing',
      message: 'Container compute failed liveness probe, will be killed',
    })
    await client.delete(pods, { namespace: pod.metadata.namespace ?? '', name: pod.metadata.name ?? '' })
  }

  function resourcesOf(instance: Readonly<VirtualMachineInstance>): PodResources {
    return launcherResources(instance, launcherSettings(services.configuration.get()))
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
    return cleanUp(ended)
  }

  /** Final: nothing of the run stays on the host; the finalizer goes last, so that a crash repeats this. */
  async function cleanUp(instance: Readonly<VirtualMachineInstance>): Promise<void> {
    companions.forget(keyOf(instance))
    await removeRun(uidOf(instance))
    const pod = podOf(instance, informers.pods)
    if (pod !== undefined) await finishPod(client, pod, { instance, now: clock.now() })
    if (instance.metadata.deletionTimestamp !== undefined) await writer.release(instance, informers.machines)
  }

  async function removeRun(id: string): Promise<void> {
    const domain = driver.get(id)
    if (domain !== undefined && domain.status.state !== 'stopped') await domain.destroy()
    await driver.forget(id)
    await removeEphemeral(services.paths, id)
    services.containerImages.forget({ metadata: { uid: id } })
    powerDown.forget(id)
    plugs.forget(id)
    placed.delete(id)
    wakeWaiting()
  }

  function wakeWaiting(): void {
    for (const key of waiting) controller.enqueue(key)
    waiting.clear()
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
      // A node that comes, or changes, may be the one that some wait for.
      { informer: informers.nodes, keys: () => [...waiting] },
    ],
    ...services.runtime,
  })
  services.containerImages.onChange((key) => controller.enqueue(key))
  return {
    ...controller,
    async stop() {
      companions.stop()
      await controller.stop()
    },
  }
}

/** The reason people see now for a machine that does not start. */
function syncMessageOf(instance: Readonly<VirtualMachineInstance>): string | undefined {
  return getCondition(instance.status?.conditions, 'Synchronized')?.message
}

function ownerKeys(
  object: { metadata: { namespace?: string; ownerReferences?: { kind: string; name: string }[] } },
  kind: string,
): string[] {
  return (object.metadata.ownerReferences ?? [])
    .filter((owner) => owner.kind === kind)
    .map((owner) => `${object.metadata.namespace ?? ''}/${owner.name}`)
}
