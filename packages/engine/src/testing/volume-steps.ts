/** Random steps on volumes and what they lead to, in a world that is plain data: what each disk holds is the list of its writes. */

export interface Disk {
  bytes: number
  writes: { at: number; bytes: number; value: number }[]
}

export interface World {
  count: number
  volumes: Record<string, Disk>
  /** With the volume it is of. */
  snapshots: Record<string, Disk & { of: string }>
}

export type Step =
  | { act: 'create'; volume: string; bytes: number; format: 'qcow2' | 'raw' }
  | { act: 'write'; volume: string; at: number; bytes: number; value: number }
  | { act: 'send'; volume: string; bytes: number; value: number }
  | { act: 'snapshot'; volumes: string[]; handles: string[] }
  | {
      act: 'clone'
      volume: string
      from: { volume: string } | { snapshot: string }
      bytes: number
      format: 'qcow2' | 'raw'
    }
  | { act: 'revert'; volume: string; handle: string }
  | { act: 'forget'; handle: string }
  | { act: 'remove'; volume: string }
  | { act: 'grow'; volume: string; bytes: number }
  | { act: 'merge' }

const unit = 64 * 1024

export function contentIn({ bytes, writes }: Disk): Buffer {
  const content = Buffer.alloc(bytes)
  for (const { at, bytes: length, value } of writes) content.fill(value, at, at + length)
  return content
}

/** Chooses a step, and makes it in the world. */
export function nextStep(world: World, random: () => number): Step {
  const step = choose(world, random)
  makeStep(world, step)
  return step
}

function choose(world: World, random: () => number): Step {
  const pick = <T>(values: readonly T[]): T | undefined => values[Math.floor(random() * values.length)]
  const volume = pick(Object.keys(world.volumes))
  const handle = pick(Object.keys(world.snapshots))
  const name = (prefix: string): string => `${prefix}-${(world.count += 1)}`
  const format = random() < 0.25 ? 'raw' : 'qcow2'
  const disk = world.volumes[volume ?? '']
  const dice = Math.floor(random() * 14)
  if (volume === undefined || disk === undefined || (dice === 0 && Object.keys(world.volumes).length < 5))
    return { act: 'create', volume: name('pvc'), bytes: unit * (8 + Math.floor(random() * 8)), format }
  // What was never written to may be sent as a whole.
  if (dice <= 2 && disk.writes.length === 0)
    return { act: 'send', volume, bytes: disk.bytes, value: 1 + Math.floor(random() * 255) }
  if (dice <= 4) {
    const at = Math.floor((random() * disk.bytes) / 512) * 512
    const bytes = Math.min(disk.bytes - at, 512 * (1 + Math.floor(random() * 400)))
    return { act: 'write', volume, at, bytes, value: 1 + Math.floor(random() * 255) }
  }
  if (dice <= 6) {
    const volumes = [...new Set([volume, pick(Object.keys(world.volumes)) ?? volume])]
    return { act: 'snapshot', volumes, handles: volumes.map(() => name('snap')) }
  }
  if (dice === 7) return { act: 'clone', volume: name('pvc'), from: { volume }, bytes: disk.bytes, format }
  if (dice === 8 && Object.keys(world.volumes).length > 2) return { act: 'remove', volume }
  if (dice === 9) return { act: 'grow', volume, bytes: disk.bytes + unit }
  const snapshot = world.snapshots[handle ?? '']
  if (handle === undefined || snapshot === undefined || dice >= 12) return { act: 'merge' }
  if (dice === 10 && world.volumes[snapshot.of] !== undefined) return { act: 'revert', volume: snapshot.of, handle }
  if (dice === 11 && random() < 0.3)
    return { act: 'clone', volume: name('pvc'), from: { snapshot: handle }, bytes: snapshot.bytes, format }
  return { act: 'forget', handle }
}

export function makeStep(world: World, step: Step): void {
  const { volumes, snapshots } = world
  const copy = (disk: Disk | undefined, bytes = disk?.bytes ?? 0): Disk => ({
    bytes,
    writes: [...(disk?.writes ?? [])],
  })
  switch (step.act) {
    case 'create':
      volumes[step.volume] = { bytes: step.bytes, writes: [] }
      return
    case 'write':
      volumes[step.volume]?.writes.push({ at: step.at, bytes: step.bytes, value: step.value })
      return
    case 'send':
      volumes[step.volume]?.writes.push({ at: 0, bytes: step.bytes, value: step.value })
      return
    case 'snapshot':
      step.volumes.forEach((volume, index) => {
        snapshots[step.handles[index] ?? ''] = { ...copy(volumes[volume]), of: volume }
      })
      return
    case 'clone':
      volumes[step.volume] = copy(
        'volume' in step.from ? volumes[step.from.volume] : snapshots[step.from.snapshot],
        step.bytes,
      )
      return
    case 'revert': {
      const before = volumes[step.volume]?.bytes ?? 0
      volumes[step.volume] = copy(snapshots[step.handle], Math.max(before, snapshots[step.handle]?.bytes ?? 0))
      return
    }
    case 'forget':
      delete snapshots[step.handle]
      return
    case 'remove':
      delete volumes[step.volume]
      return
    case 'grow': {
      const disk = volumes[step.volume]
      if (disk !== undefined) disk.bytes = step.bytes
      return
    }
    case 'merge':
      return
  }
}
