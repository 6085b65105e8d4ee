/**
 * Machines with `updateVolumesStrategy: Migration`: when the claims of their volumes change while they run, the data move, and the guest
 * notices nothing. What is to move is written on the machine before the first byte, and taken off after the last: a machine that ends in
 * between is not started from half of it.
 */

import {
  changedClaims,
  isFinal,
  movesVolumes,
  revertOnly,
  unmovable,
  virtualMachineInstances,
  virtualMachines,
  type ClaimChange,
  type MigratedClaim,
  type MigratedVolume,
  type VirtualMachine,
  type VirtualMachineInstance,
} from '@berth/api'
import { backoffDelay, type BackoffPolicy } from '@berth/base'
import type { Domain } from '@berth/hypervisor'
import { createController, keyOf, parseKey, type Controller, type EventRecorder } from '@berth/kube'
import { getCondition, removeCondition, setCondition, type Condition } from '@berth/meta'
import { Runs } from '../runs.ts'
import type { EngineServices } from '../services.ts'
import { foldersOf, shownError } from '../shown-error.ts'
import { isFilled, moveVolumes, type MoveProgress } from './move-volumes.ts'

type Machine = Readonly<VirtualMachine>
type Instance = Readonly<VirtualMachineInstance>

/** What VolumesChange says while volumes move, and after. */
const conditionType = 'VolumesChange'
/** How often progress is written, in milliseconds. */
const progressEveryMs = 1000

const retryPolicy: BackoffPolicy = { initialMs: 2_000, maxMs: 300_000, factor: 2, jitter: 0.2 }

interface Attempt {
  progress: MoveProgress | undefined
  failures: number
  notBefore: number
  /** Why the last try ended. */
  problem: string | undefined
}

export function createVolumeUpdateController(services: EngineServices, events: EventRecorder): Controller {
  const { client, informers, clock } = services
  const runs = new Runs<void>()
  const attempts = new Map<string, Attempt>()

  async function reconcile(key: string): Promise<void | { requeueAfterMs: number }> {
    const { namespace, name } = parseKey(key)
    const machine = informers.machines.get(namespace, name)
    const instance = informers.instances.get(namespace, name)
    if (machine === undefined || instance === undefined || !isMovable(instance)) return
    const domain = services.driver.get(instance.metadata.uid ?? '')
    if (domain === undefined || domain.status.state === 'stopped') return
    const moving = instance.status?.migratedVolumes ?? []
    if (moving.length > 0) return goOn({ machine, instance, domain, moving })
    const changes = changedClaims(machine.spec.template.spec, instance.spec)
    // Its instance was never told, because the engine ended in between; and it was taken back since.
    if (changes.length === 0 && machine.status?.volumeUpdateState !== undefined) return takeOff(machine)
    if (!movesVolumes(machine)) return
    if (changes.length > 0) return begin(machine, instance, changes)
  }

  function isMovable({ metadata, status }: VirtualMachineInstance): boolean {
    return metadata.deletionTimestamp === undefined && status?.phase === 'Running'
  }

  async function begin(
    machine: Machine,
    instance: Instance,
    changes: readonly ClaimChange[],
  ): Promise<void | { requeueAfterMs: number }> {
    const namespace = instance.metadata.namespace ?? ''
    const problem = unmovable(changes, instance.spec) ?? missing(namespace, changes)
    if (problem !== undefined) {
      await say(instance, { status: 'False', message: problem })
      return { requeueAfterMs: progressEveryMs }
    }
    const migratedVolumes = changes.map(({ volume, from, to }) => ({
      volumeName: volume,
      sourcePVCInfo: describe(namespace, from),
      destinationPVCInfo: describe(namespace, to),
    }))
    // First of all: from now on the machine is not started by itself when it ends.
    await client.updateStatus(virtualMachines, {
      ...machine,
      status: { ...machine.status, volumeUpdateState: { volumeMigrationState: { migratedVolumes } } },
    })
    await client.update(virtualMachineInstances, {
      ...instance,
      status: {
        ...instance.status,
        migratedVolumes,
        conditions: withCondition(instance, { status: 'True', message: 'Volumes are about to move' }),
      },
    })
    events.record(machine, {
      type: 'Normal',
      reason: 'VolumesMoving',
      message: `Moving ${changes.map(({ volume, from, to }) => `${volume} from ${from} to ${to}`).join(', ')}`,
    })
  }

  async function goOn(parts: {
    machine: Machine
    instance: Instance
    domain: Domain
    moving: readonly MigratedVolume[]
  }): Promise<void | { requeueAfterMs: number }> {
    const { machine, instance, domain, moving } = parts
    const uid = instance.metadata.uid ?? ''
    const run = runs.get(uid)
    const attempt = attempts.get(uid) ?? { progress: undefined, failures: 0, notBefore: 0, problem: undefined }
    attempts.set(uid, attempt)
    const wanted = asWanted(machine, moving)
    if (wanted === 'neither') {
      await say(instance, { status: 'True', message: revertOnly })
      return { requeueAfterMs: progressEveryMs }
    }
    if (wanted === 'source') {
      if (run?.state === 'running') return runs.abort(uid)
      return end(machine, instance, { cancelled: true })
    }
    if (run?.state === 'running') {
      await say(instance, { status: 'True', message: wordsOf(attempt) })
      return { requeueAfterMs: progressEveryMs }
    }
    if (run?.state === 'done') return end(machine, instance, { cancelled: false })
    if (run?.state === 'failed') {
      runs.forget(uid)
      attempt.failures += 1
      const delay = backoffDelay(retryPolicy, attempt.failures, services.random())
      attempt.notBefore = clock.now().getTime() + delay
      const message = shownError(run.error, foldersOf(services))
      attempt.problem = message
      events.record(machine, { type: 'Warning', reason: 'VolumesNotMoved', message })
      await say(instance, { status: 'True', message })
    }
    const wait = attempt.notBefore - clock.now().getTime()
    if (wait > 0) return { requeueAfterMs: wait }
    const changes = moving.map(({ volumeName, sourcePVCInfo, destinationPVCInfo }) => ({
      volume: volumeName,
      from: sourcePVCInfo?.claimName ?? '',
      to: destinationPVCInfo?.claimName ?? '',
    }))
    const unready = changes.find(
      ({ to }) => !isFilled(services, { namespace: instance.metadata.namespace ?? '', name: to }),
    )
    if (unready !== undefined) {
      await say(instance, { status: 'True', message: `Waiting for PersistentVolumeClaim "${unready.to}" to be ready` })
      return { requeueAfterMs: progressEveryMs }
    }
    attempt.progress = undefined
    runs.start(
      uid,
      (signal) =>
        moveVolumes(services, {
          machine,
          instance,
          domain,
          changes,
          signal,
          report: (progress) => {
            attempt.progress = progress
          },
        }),
      () => controller.enqueue(keyOf(machine)),
    )
    return { requeueAfterMs: progressEveryMs }
  }

  /** Where the template wants the volumes that move. */
  function asWanted({ spec }: Machine, moving: readonly MigratedVolume[]): 'destination' | 'source' | 'neither' {
    const claims = new Map(
      (spec.template.spec.volumes ?? []).map(({ name, persistentVolumeClaim, dataVolume }) => [
        name,
        persistentVolumeClaim?.claimName ?? dataVolume?.name,
      ]),
    )
    const all = (side: 'sourcePVCInfo' | 'destinationPVCInfo'): boolean =>
      moving.every((volume) => claims.get(volume.volumeName) === volume[side]?.claimName)
    if (all('destinationPVCInfo')) return 'destination'
    return all('sourcePVCInfo') ? 'source' : 'neither'
  }

  async function end(machine: Machine, instance: Instance, { cancelled }: { cancelled: boolean }): Promise<void> {
    const { uid = '' } = instance.metadata
    await takeOff(machine)
    const { migratedVolumes: _moved, ...status } = instance.status ?? {}
    const conditions = cancelled
      ? withCondition(instance, { status: 'False', reason: 'VolumesChangeCancellation', message: '' })
      : (removeCondition(status.conditions, conditionType) as Condition[])
    await client.update(virtualMachineInstances, { ...instance, status: { ...status, conditions } })
    runs.forget(uid)
    attempts.delete(uid)
    events.record(
      machine,
      cancelled
        ? { type: 'Normal', reason: 'VolumesChangeCancelled', message: 'The volumes stay where they were' }
        : {
            type: 'Normal',
            reason: 'VolumesMoved',
            message: 'The volumes have moved; their old claims can be deleted',
          },
    )
  }

  async function takeOff(machine: Machine): Promise<void> {
    const { volumeUpdateState: _over, ...rest } = machine.status ?? {}
    await client.updateStatus(virtualMachines, { ...machine, status: rest })
  }

  function missing(namespace: string, changes: readonly ClaimChange[]): string | undefined {
    for (const { to } of changes) {
      if (informers.claims.get(namespace, to) === undefined)
        return `One of the destination volumes doesn't exist: PVC ${namespace}/${to} not found`
    }
    return undefined
  }

  function describe(namespace: string, claimName: string): MigratedClaim {
    const claim = informers.claims.get(namespace, claimName)
    if (claim === undefined) return { claimName }
    const { accessModes, volumeMode, resources } = claim.spec
    return {
      claimName,
      ...(accessModes === undefined ? {} : { accessModes }),
      ...(volumeMode === undefined ? {} : { volumeMode }),
      ...(resources?.requests === undefined ? {} : { requests: resources.requests }),
      ...(claim.status?.capacity === undefined ? {} : { capacity: claim.status.capacity }),
    }
  }

  async function say(instance: Instance, words: Words): Promise<void> {
    const before = getCondition(instance.status?.conditions, conditionType)
    if (before?.status === words.status && before.message === words.message) return
    const conditions = withCondition(instance, words)
    await client.update(virtualMachineInstances, { ...instance, status: { ...instance.status, conditions } })
  }

  interface Words {
    status: 'True' | 'False'
    reason?: string
    message: string
  }

  function withCondition({ status }: Instance, words: Words): Condition[] {
    return [...setCondition(status?.conditions, { type: conditionType, ...words }, clock.now())]
  }

  const controller = createController({
    name: 'volume-updates',
    reconcile,
    watches: [
      { informer: informers.machines },
      {
        informer: informers.instances,
        keys: (instance) => {
          if (isFinal(instance as VirtualMachineInstance)) forget(instance.metadata.uid ?? '')
          return [keyOf(instance)]
        },
      },
    ],
    ...services.runtime,
  })

  /** Its QEMU is gone, and what was under way with it. */
  function forget(uid: string): void {
    if (runs.get(uid)?.state !== 'running') runs.forget(uid)
    attempts.delete(uid)
  }

  return {
    ...controller,
    async stop() {
      await controller.stop()
      await runs.stop()
    },
  }
}

function wordsOf({ progress, failures, problem }: Attempt): string {
  const earlier = problem === undefined ? '' : ` (try ${failures + 1}; the one before: ${problem})`
  if (progress === undefined) return `Volumes are about to move${earlier}`
  const { volume, to, share } = progress
  return `Moving ${volume} to ${to}${share === undefined ? '' : `: ${Math.floor(share * 100)} %`}${earlier}`
}
