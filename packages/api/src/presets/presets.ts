/** VirtualMachineInstancePresets: parts of a domain that instances get by their labels. Source: KubeVirt's order and words. */

import { deepClone, labelSelectorFromObject, matchesLabels, MetaError } from '@berth/meta'
import { semanticallyEqual } from '../status/semantic-equality.ts'
import type { DomainSpec } from '../types/domain.ts'
import type { VirtualMachineInstancePreset } from '../types/group.ts'
import type { VirtualMachineInstance } from '../types/instance.ts'

/** On an instance that no preset is to touch. */
const exclusion = 'virtualmachineinstancepresets.admission.kubevirt.io/exclude'

type PartialDomain = Partial<DomainSpec>
type Presets = readonly Readonly<VirtualMachineInstancePreset>[]

/** One thing a preset can give: it is given where the instance has none, and in conflict where the instance has another. */
interface Part {
  /** As conflicts name it. */
  field: string
  of(domain: Readonly<PartialDomain>): unknown
  give(domain: DomainSpec, from: Readonly<PartialDomain>): void
}

const parts: readonly Part[] = [
  {
    field: 'spec.cpu',
    of: ({ cpu }) => cpu,
    give: (domain, { cpu }) => Object.assign(domain, { cpu }),
  },
  {
    field: 'spec.firmware',
    of: ({ firmware }) => firmware,
    give: (domain, { firmware }) => Object.assign(domain, { firmware }),
  },
  {
    field: 'spec.clock.clockoffset',
    of: ({ clock }) => (clock === undefined ? undefined : { utc: clock.utc, timezone: clock.timezone }),
    give(domain, { clock }) {
      if (domain.clock !== undefined || clock === undefined) return
      const { utc, timezone } = clock
      domain.clock = { ...(utc === undefined ? {} : { utc }), ...(timezone === undefined ? {} : { timezone }) }
    },
  },
  {
    field: 'spec.clock.timer',
    of: ({ clock }) => clock?.timer,
    give: (domain, { clock }) => {
      if (clock?.timer !== undefined) domain.clock = { ...domain.clock, timer: clock.timer }
    },
  },
  {
    field: 'spec.features',
    of: ({ features }) => features,
    give: (domain, { features }) => Object.assign(domain, { features }),
  },
  {
    field: 'spec.devices.watchdog',
    of: ({ devices }) => devices?.watchdog,
    give: ({ devices }, from) => Object.assign(devices, { watchdog: from.devices?.watchdog }),
  },
  {
    field: 'spec.ioThreadsPolicy',
    of: ({ ioThreadsPolicy }) => ioThreadsPolicy,
    give: (domain, { ioThreadsPolicy }) => Object.assign(domain, { ioThreadsPolicy }),
  },
]

/**
 * Gives an instance what the presets say whose selector matches its labels, in place, and notes their names on it. What the instance
 * says itself stays. Called before its defaults.
 * @param presets of the instance's namespace
 * @returns why none may be applied: two of them contradict each other, or one has a selector that selects nothing anybody knows
 */
export function applyPresets(instance: VirtualMachineInstance, presets: Presets): string | undefined {
  const { metadata, spec } = instance
  if (metadata.annotations?.[exclusion] === 'true') return undefined
  const matching = matchingPresets(presets, metadata.labels)
  if (typeof matching === 'string') return matching
  const contradictions = contradictionsAmong(matching)
  if (contradictions.length > 0)
    return `VirtualMachinePresets cannot be applied due to conflicts: ${aggregate(contradictions)}`
  for (const preset of matching) {
    if (!merge(spec.domain, preset.spec.domain ?? {})) continue
    metadata.annotations = {
      ...metadata.annotations,
      [`virtualmachinepreset.kubevirt.io/${preset.metadata.name ?? ''}`]: 'kubevirt.io/v1',
    }
  }
  return undefined
}

/** Those whose selector matches, or what is wrong with a selector: nobody looks at it when the preset is stored (KubeVirt neither). */
function matchingPresets(presets: Presets, labels: Readonly<Record<string, string>> | undefined): Presets | string {
  try {
    return presets.filter(({ spec }) => matchesLabels(labelSelectorFromObject(spec.selector), labels))
  } catch (error) {
    if (error instanceof MetaError) return error.message
    throw error
  }
}

/** @returns whether anything of the preset holds for the instance now */
function merge(domain: DomainSpec, preset: Readonly<PartialDomain>): boolean {
  let applied = mergeRequests(domain, preset)
  for (const part of parts) {
    const wanted = part.of(preset)
    if (wanted === undefined) continue
    if (part.of(domain) === undefined) part.give(domain, deepClone(preset))
    if (semanticallyEqual(part.of(domain), wanted)) applied = true
  }
  return applied
}

/** All requests or none. */
function mergeRequests(domain: DomainSpec, { resources }: Readonly<PartialDomain>): boolean {
  const wanted = resources?.requests ?? {}
  if (Object.keys(wanted).length === 0) return false
  domain.resources ??= {}
  domain.resources.requests ??= { ...wanted }
  return semanticallyEqual(domain.resources.requests, wanted, 'requests')
}

function contradictionsAmong(presets: Presets): string[] {
  return presets.flatMap((preset, index) =>
    presets.slice(0, index).flatMap((earlier) => {
      const found = conflictsBetween(preset.spec.domain ?? {}, earlier.spec.domain ?? {})
      if (found.length === 0) return []
      const [name, other] = [preset.metadata.name ?? '', earlier.metadata.name ?? '']
      return [`presets '${name}' and '${other}' conflict: ${aggregate(found)}`]
    }),
  )
}

function conflictsBetween(left: Readonly<PartialDomain>, right: Readonly<PartialDomain>): string[] {
  const said = (field: string, one: unknown, other: unknown): string =>
    `${field}: ${JSON.stringify(one)} != ${JSON.stringify(other)}`
  const requests = right.resources?.requests ?? {}
  const conflicts = Object.entries(left.resources?.requests ?? {})
    .filter(([name, value]) => requests[name] !== undefined && !semanticallyEqual(value, requests[name], 'guest'))
    .map(([name, value]) => said(`spec.resources.requests[${name}]`, value, requests[name]))
  for (const part of parts) {
    const [one, other] = [part.of(left), part.of(right)]
    if (one !== undefined && other !== undefined && !semanticallyEqual(one, other))
      conflicts.push(said(part.field, one, other))
  }
  return conflicts
}

/** As Go joins errors. */
function aggregate(texts: readonly string[]): string {
  return texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`
}
