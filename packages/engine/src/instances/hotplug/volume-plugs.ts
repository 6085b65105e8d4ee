/**
 * Attaches the volumes that a running instance names and its machine has not, and detaches those it names no more. The work goes on
 * beside the controller, one disk of a machine after the other; the instance's status says how far each has come.
 */

import {
  attachStep,
  claimNameOf,
  detachStep,
  isHotpluggable,
  type Disk,
  type VirtualMachineInstance,
  type VolumeStep,
} from '@berth/api'
import { messageOf } from '@berth/base'
import { DriverError, type Domain } from '@berth/hypervisor'
import { keyOf, type EventRecorder } from '@berth/kube'
import { withoutRoot } from '../../host/data-directory.ts'
import type { EngineServices } from '../../services.ts'
import type { DiskLocks } from '../disk-locks.ts'
import { diskOf } from '../domain/disk.ts'

type Instance = Readonly<VirtualMachineInstance>

/** How each volume that came or goes while the machine runs stands, by name. */
export type VolumeSteps = ReadonlyMap<string, VolumeStep>

interface Work {
  /** Of the disk that is being worked on. */
  busy?: string
  failures: Map<string, { message: string; tries: number; notBefore: number }>
}

const longestPauseMs = 60_000
const firstPauseMs = 1000

export interface VolumePlugsOptions {
  services: EngineServices
  locks: DiskLocks
  events: EventRecorder
  /** Something new is known of the instance of this key. */
  changed(this: void, key: string): void
}

export class VolumePlugs {
  readonly #options: VolumePlugsOptions
  readonly #work = new Map<string, Work>()

  constructor(options: VolumePlugsOptions) {
    this.#options = options
  }

  forget(uid: string): void {
    this.#work.delete(uid)
  }

  /** What is to be said of the volumes now; begins what is to be done. @returns milliseconds until a failed one is tried again, too */
  step(instance: Instance, domain: Domain): { steps: VolumeSteps; retryMs: number | undefined } {
    const work = this.#workOf(domain.id)
    const steps = new Map([...this.#coming(instance, domain, work), ...this.#going(instance, domain, work)])
    this.#tell(instance, steps)
    const now = this.#options.services.clock.now().getTime()
    const due = [...work.failures.values()].map(({ notBefore }) => Math.max(1, notBefore - now))
    return { steps, retryMs: due.length === 0 ? undefined : Math.min(...due) }
  }

  #workOf(uid: string): Work {
    const known = this.#work.get(uid) ?? { failures: new Map() }
    this.#work.set(uid, known)
    return known
  }

  *#coming(instance: Instance, domain: Domain, work: Work): Generator<[string, VolumeStep]> {
    const { informers } = this.#options.services
    const { namespace } = instance.metadata
    for (const volume of instance.spec.volumes ?? []) {
      const disk = instance.spec.domain.devices.disks?.find(({ name }) => name === volume.name)
      if (!isHotpluggable(volume) || disk === undefined) continue
      const { name } = volume
      const claimName = claimNameOf(volume) ?? ''
      const filler = volume.dataVolume === undefined ? undefined : informers.dataVolumes.get(namespace, claimName)
      const attached =
        disk.cdrom?.tray === 'open' || domain.spec.disks.some((each) => each.name === name && each.path !== '')
      const step = attachStep({
        name,
        claimName,
        claim: informers.claims.get(namespace, claimName),
        filling: filler !== undefined && filler.status?.phase !== 'Succeeded',
        phase: phaseOf(instance, name),
        attached,
      })
      if (attached) work.failures.delete(name)
      // The step before has to have been written down, so that whoever looks sees each.
      if (step.phase === 'MountedToPod' && phaseOf(instance, name) === 'MountedToPod')
        this.#begin(instance, { name, work, act: () => this.#attach(instance, domain, disk) })
      yield [name, withFailure(step, work.failures.get(name)?.message)]
    }
  }

  *#going(instance: Instance, domain: Domain, work: Work): Generator<[string, VolumeStep]> {
    const named = new Set((instance.spec.volumes ?? []).map(({ name }) => name))
    const names = new Set([
      ...(instance.status?.volumeStatus ?? []).flatMap(({ name, hotplugVolume }) =>
        hotplugVolume === undefined ? [] : [name],
      ),
      // Attached by an engine that ended before it could say so.
      ...domain.spec.disks.flatMap(({ name, path }) => (path === '' ? [] : [name])),
    ])
    for (const name of names) {
      if (named.has(name)) continue
      const attached = domain.spec.disks.some((each) => each.name === name && each.path !== '')
      const step = detachStep({ name, phase: phaseOf(instance, name), attached })
      if (!attached) work.failures.delete(name)
      if (step?.phase === 'Detaching' && phaseOf(instance, name) === 'Detaching')
        this.#begin(instance, { name, work, act: () => domain.detachDisk(name) })
      if (step !== undefined) yield [name, withFailure(step, work.failures.get(name)?.message)]
    }
  }

  #begin(instance: Instance, { name, work, act }: { name: string; work: Work; act: () => Promise<void> }): void {
    const { services, changed, events } = this.#options
    const now = (): number => services.clock.now().getTime()
    const failed = work.failures.get(name)
    if (work.busy !== undefined || (failed !== undefined && failed.notBefore > now())) return
    work.busy = name
    act()
      .then(() => work.failures.delete(name))
      .catch((error: unknown) => {
        const message = withoutRoot(wordsOf(error), services.paths)
        const tries = (failed?.tries ?? 0) + 1
        const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** (tries - 1))
        work.failures.set(name, { message, tries, notBefore: now() + pause })
        // A guest that takes its time has not failed.
        const waits = error instanceof DriverError && error.code === 'Timeout'
        if (!waits && failed?.message !== message)
          events.record(instance, { type: 'Warning', reason: 'HotplugFailed', message })
      })
      .finally(() => {
        delete work.busy
        changed(keyOf(instance))
      })
  }

  async #attach(instance: Instance, domain: Domain, disk: Disk): Promise<void> {
    const { services, locks } = this.#options
    if (disk.dedicatedIOThread === true)
      throw new DriverError(
        'Unsupported',
        `disk "${disk.name}" cannot get a thread of its own while the machine runs`,
        {
          remedy: 'Restart the machine, or leave out dedicatedIOThread.',
        },
      )
    const wanted = await diskOf({ disk, instance, services })
    await locks.during({ ...domain.spec, disks: [wanted] }, () => domain.attachDisk(wanted))
  }

  /** An event for each new phase, in KubeVirt's words. */
  #tell(instance: Instance, steps: VolumeSteps): void {
    const record = (reason: string, message: string): void =>
      this.#options.events.record(instance, { type: 'Normal', reason, message })
    for (const [name, { phase, reason, message }] of steps) {
      const before = phaseOf(instance, name)
      // Those that were there from the start come without a sound.
      if (before === phase || (before === undefined && phase === 'Ready')) continue
      record(reason, message)
    }
    for (const { name, hotplugVolume } of instance.status?.volumeStatus ?? [])
      if (hotplugVolume !== undefined && !steps.has(name))
        record('VolumeUnplugged', `Volume ${name} has been unplugged`)
  }
}

function phaseOf({ status }: Instance, name: string): string | undefined {
  return status?.volumeStatus?.find((entry) => entry.name === name)?.phase
}

function withFailure(step: VolumeStep, failure: string | undefined): VolumeStep {
  return failure === undefined ? step : { ...step, message: failure }
}

function wordsOf(error: unknown): string {
  const remedy =
    error instanceof Error && 'remedy' in error && typeof error.remedy === 'string' ? ` ${error.remedy}` : ''
  return `${messageOf(error)}${remedy}`
}
