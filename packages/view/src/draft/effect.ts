/** When a change of a machine's manifest reaches its guest: at once, with the next restart, or with the next start without anybody waiting for it. */

import {
  restartRequiredMessage,
  type LiveAbilities,
  type RolloutStrategy,
  type VirtualMachineInstance,
  type VirtualMachineInstanceSpec,
} from '@berth/api'
import { isJsonObject, ownMember, type Json } from '@berth/meta'
import type { Change } from './changes.ts'
import { changedAt, isWithin, valueAt, type DraftPath } from './path.ts'

/**
 * `now`: applied as soon as it is saved. `restart`: waits for a restart, and the machine says so (condition RestartRequired).
 * `next-start`: comes with the next start, and nothing says that it waits.
 */
export type ChangeEffect = 'now' | 'restart' | 'next-start'

export interface EffectContext {
  /** What the machine runs as; undefined when it does not run: then everything holds from its start on. */
  instance: VirtualMachineInstance | undefined
  rollout: RolloutStrategy
  abilities: LiveAbilities
}

interface Row {
  path: DraftPath
  effect: ChangeEffect | ((context: EffectContext, value: Json | undefined) => ChangeEffect)
}

const template: DraftPath = ['spec', 'template', 'spec']
const placement: Row['effect'] = ({ rollout }) => (rollout === 'LiveUpdate' ? 'now' : 'restart')
const hotpluggable: Row['effect'] = (_context, value) => (isHotpluggable(value) ? 'now' : 'restart')

/** The first that fits. Source: KubeVirt's comparison with the revision of the start, as in `restartRequiredMessage`. */
const rows: readonly Row[] = [
  { path: ['spec', 'template', 'metadata'], effect: 'next-start' },
  { path: [...template, 'nodeSelector'], effect: placement },
  { path: [...template, 'affinity'], effect: placement },
  { path: [...template, 'tolerations'], effect: placement },
  {
    path: [...template, 'domain', 'cpu', 'sockets'],
    effect: (context) => liveIf(context, context.abilities.cpuHotplug),
  },
  {
    path: [...template, 'domain', 'memory', 'guest'],
    effect: (context) => liveIf(context, context.abilities.memoryHotplug),
  },
  { path: [...template, 'volumes'], effect: hotpluggable },
  { path: template, effect: 'restart' },
  { path: ['spec', 'instancetype'], effect: 'restart' },
  { path: ['spec', 'preference'], effect: 'restart' },
]

/** Of a field, before anybody changed it. `value` is what stands there, for items of lists. */
export function effectOfField(path: DraftPath, context: EffectContext, value?: Json): ChangeEffect {
  if (context.instance === undefined) return 'now'
  const row = rows.find(({ path: outer }) => isWithin(path, outer))
  if (row === undefined) return 'now'
  return typeof row.effect === 'function' ? row.effect(context, value) : row.effect
}

/**
 * Of changes that are saved together, with their values: two more sockets may fit a running machine, and two hundred not.
 * @param before the machine's manifest without the changes
 */
export function effectOfChange(
  change: Change,
  {
    before,
    changes,
    context,
  }: {
    before: Json
    changes: readonly Change[]
    context: EffectContext
  },
): ChangeEffect {
  const { instance, rollout, abilities } = context
  if (instance === undefined) return 'now'
  if (!isWithin(change.path, template)) return effectOfField(change.path, context, change.after)
  // A disk comes with its volume: each alone would look like something else.
  const together = isDisk(change.path) ? changes.filter(({ path }) => isDisk(path)) : [change]
  const after = together.reduce<Json | undefined>((now, { path, after: value }) => changedAt(now, path, value), before)
  const [started, current] = [specOf(before), specOf(after)]
  if (started === undefined || current === undefined) return 'restart'
  return restartRequiredMessage({ started, current, instance, rollout, abilities }) === undefined ? 'now' : 'restart'
}

function liveIf({ rollout }: EffectContext, able: boolean): ChangeEffect {
  return rollout === 'LiveUpdate' && able ? 'now' : 'restart'
}

function isDisk(path: DraftPath): boolean {
  return isWithin(path, [...template, 'volumes']) || isWithin(path, [...template, 'domain', 'devices', 'disks'])
}

function isHotpluggable(volume: Json | undefined): boolean {
  return ['dataVolume', 'persistentVolumeClaim'].some(
    (kind) => isJsonObject(volume) && valueAt(ownMember(volume, kind), ['hotpluggable']) === true,
  )
}

/** Enough of a template for the comparison; a text in the making may have none. */
function specOf(machine: Json | undefined): VirtualMachineInstanceSpec | undefined {
  const spec = valueAt(machine, template)
  if (!isJsonObject(spec) || !isJsonObject(valueAt(spec, ['domain']))) return undefined
  const devices = valueAt(spec, ['domain', 'devices'])
  const whole = isJsonObject(devices) ? spec : changedAt(spec, ['domain', 'devices'], {})
  // The server's schema holds the rest, and the comparison reads no further than what is checked here.
  return whole as unknown as VirtualMachineInstanceSpec
}
