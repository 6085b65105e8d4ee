/**
 * A disk goes to another class: a disk is made there, and the machine's volume names that. While the machine runs its data follow
 * (`updateVolumesStrategy: Migration`); one that is off gets a copy first.
 */

import { annotations, type DataVolume, type VirtualMachine, type VirtualMachineInstance } from '@berth/api'
import { deepEqual, getCondition, type Condition } from '@berth/meta'
import { openDraft, withValue, type Draft } from '../draft/draft.ts'
import type { DraftPath } from '../draft/path.ts'
import type { Settled } from './settled.ts'
import { newDisk } from './storage-wishes.ts'

interface MoveWish {
  namespace: string
  /** Claim of the disk as it is. */
  from: string
  /** Of the disk that is made. */
  claim: string
  /** A quantity, at least what it has now. */
  size: string
  class: string
  /** The machine runs: the new disk is empty, and filled by the move. */
  running: boolean
}

/** The disk that is gone to. */
export function diskToMoveTo({ namespace, from, claim, size, running, ...wish }: MoveWish): DataVolume {
  const source = running ? ({ kind: 'blank' } as const) : ({ kind: 'pvc', namespace, name: from } as const)
  const disk = newDisk({ namespace, name: claim, size, class: wish.class, source })
  // It is filled before anything runs on it.
  disk.metadata.annotations = { [annotations.cdiBindImmediate]: 'true' }
  return disk
}

const volumes: DraftPath = ['spec', 'template', 'spec', 'volumes']

/** The machine with one volume on another claim; back on the one it came from, that ends a move. */
export function withDiskOn(machine: VirtualMachine, { volume, claim }: { volume: string; claim: string }): Draft {
  const known = machine.spec.template.spec.volumes?.find(({ name }) => name === volume)
  const place: DraftPath =
    known?.persistentVolumeClaim === undefined ? ['dataVolume', 'name'] : ['persistentVolumeClaim', 'claimName']
  const draft = withValue(openDraft(machine), ['spec', 'updateVolumesStrategy'], 'Migration')
  return withValue(draft, [...volumes, { name: volume }, ...place], claim)
}

/** The machine as it is to be: a template that no volume names any more is refused, so that of the old disk goes. */
export function withDiskMoved(
  machine: VirtualMachine,
  { volume, from, claim }: { volume: string; from: string; claim: string },
): Draft {
  const draft = withDiskOn(machine, { volume, claim })
  const all = machine.spec.dataVolumeTemplates ?? []
  const at = all.findIndex(({ metadata }) => metadata?.name === from)
  if (at < 0) return draft
  const place: DraftPath = all.length === 1 ? ['spec', 'dataVolumeTemplates'] : ['spec', 'dataVolumeTemplates', at]
  return withValue(draft, place, undefined)
}

/** The claim that a running machine is to go over to with a volume, while it has not. */
export function movingTo(
  machine: Readonly<VirtualMachine>,
  instance: Readonly<VirtualMachineInstance>,
  volume: string,
): { from: string; to: string } | undefined {
  const [from, to] = [claimOf(instance.spec.volumes, volume), claimOf(machine.spec.template.spec.volumes, volume)]
  return from === undefined || to === undefined || from === to ? undefined : { from, to }
}

function claimOf(all: VirtualMachineInstance['spec']['volumes'], volume: string): string | undefined {
  const found = all?.find(({ name }) => name === volume)
  return found?.persistentVolumeClaim?.claimName ?? found?.dataVolume?.name
}

/** What a server says of moves: also of one that is over. */
export function moveSaid(instance: Readonly<VirtualMachineInstance> | undefined): Condition | undefined {
  return getCondition(instance?.status?.conditions, 'VolumesChange')
}

/**
 * How the move of a running machine's volume to a claim stands.
 * @param before what was said before the move was asked for: of an earlier one
 */
export function judgeMove(
  instance: Readonly<VirtualMachineInstance> | undefined,
  { volume, claim, before }: { volume: string; claim: string; before?: Condition | undefined },
): Settled {
  if (instance === undefined) return { kind: 'hopeless', why: 'the VM ended meanwhile' }
  const { migratedVolumes = [] } = instance.status ?? {}
  const found = moveSaid(instance)
  const said = deepEqual(found, before) ? undefined : found
  const moving = migratedVolumes.some(({ volumeName }) => volumeName === volume)
  if (!moving && claimOf(instance.spec.volumes, volume) === claim) return { kind: 'reached' }
  if (said?.status === 'False') {
    const cancelled = said.reason === 'VolumesChangeCancellation'
    return { kind: 'hopeless', why: cancelled ? 'it was cancelled' : (said.message ?? 'the server refuses it') }
  }
  return {
    kind: 'waiting',
    status: said?.message === undefined || said.message === '' ? 'about to begin' : said.message,
  }
}

/** `data` becomes `data-2`, and that `data-3`. */
export function nextDiskName(name: string): string {
  const [, base = name, number = '1'] = /^(.*?)(?:-(\d{1,6}))?$/.exec(name) ?? []
  return `${base.slice(0, 58)}-${Number(number) + 1}`
}
