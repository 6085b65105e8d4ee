/** VirtualMachineClones: their defaults, rules, and the patches that make the copy another machine. Source: KubeVirt's clone controller. */

import { SafeRegex, type StatusCause } from '@berth/meta'
import type { VirtualMachineClone, VirtualMachineCloneSpec } from '../types/clone.ts'
import type { KeptMachine } from '../types/snapshot.ts'
import { isMacAddress } from '../validation/interfaces.ts'
import { invalidField } from '../validation/cause.ts'

const machineKind = 'VirtualMachine'

/** @param suffix five random characters of `[a-z0-9]` */
export function defaultClone({ spec }: VirtualMachineClone, suffix: string): void {
  const name = `clone-${spec.source.name}-${suffix}`
  if (spec.target === undefined) spec.target = { apiGroup: 'kubevirt.io', kind: machineKind, name }
  else if (spec.target.name === '') spec.target.name = name
}

export function validateClone({ spec }: VirtualMachineClone): StatusCause[] {
  const { source, target } = spec
  const filters: readonly [string[] | undefined, string][] = [
    [spec.annotationFilters, 'spec.annotations'],
    [spec.labelFilters, 'spec.labels'],
    [spec.template?.annotationFilters, 'spec.template.annotations'],
    [spec.template?.labelFilters, 'spec.template.labels'],
  ]
  const causes = filters.flatMap(([list = [], field]) => list.flatMap((filter) => filterCauses(filter, field)))
  if (![machineKind, 'VirtualMachineSnapshot'].includes(source.kind)) {
    causes.push(invalidField('spec.Source.Kind', 'Source kind is not supported'))
  }
  if (target !== undefined && target.kind !== machineKind) {
    causes.push(invalidField('spec.Target.Kind', 'Target kind is not supported'))
  }
  if ((source.apiGroup ?? '') === '') {
    causes.push(invalidField('spec.Source.APIGroup', "Source's APIGroup cannot be empty"))
  }
  if (source.kind === '') causes.push(invalidField('spec.Source', "Source's Kind cannot be empty"))
  if (source.name === '') causes.push(invalidField('spec.Source.Name', "Source's name cannot be empty"))
  if (target?.kind === machineKind && source.kind === machineKind && target.name === source.name) {
    const message = 'Target name cannot be equal to source name when both are VirtualMachines'
    causes.push(invalidField('spec.target.name', message))
  }
  for (const [card, mac] of Object.entries(spec.newMacAddresses ?? {})) {
    if (mac === '' || isMacAddress(mac)) continue
    const message = `interface ${card} has malformed MAC address (${mac}).`
    causes.push(invalidField(`spec.newMacAddresses.${card}`, message))
  }
  spec.patches?.forEach((patch, index) => {
    if (!isJson(patch)) causes.push(invalidField(`spec.patches[${index}]`, `patch is not valid JSON (${patch})`))
  })
  return causes
}

function filterCauses(filter: string, field: string): StatusCause[] {
  if (filter.length <= 1) {
    return filter === '!' ? [invalidField(field, 'a negation character is not a valid filter')] : []
  }
  const wrong = (what: string, sign: string, rule: string): StatusCause =>
    invalidField(
      field,
      `${field} filter ${filter} is invalid: cannot contain a ${what} character (${sign}); FilterRules: ${rule}`,
    )
  const causes: StatusCause[] = []
  if (filter.slice(1).includes('!')) {
    causes.push(wrong('negation', '!', 'NegationChar can be only used at the beginning of the filter'))
  }
  if (filter.slice(0, -1).includes('*')) {
    causes.push(wrong('wildcard', '*', 'WildcardChar can be only at the end of the filter'))
  }
  return causes
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    // That is the question.
    return false
  }
}

/** What a restore does to the kept machine so that it becomes the clone; JSON patches, each as a text. */
export function clonePatches(source: KeptMachine, spec: VirtualMachineCloneSpec): string[] {
  const { template } = source.spec
  const { firmware, devices } = template.spec.domain
  const at = '/spec/template/spec/domain'
  const patches: object[] = (devices.interfaces ?? []).map(({ name }, index) => ({
    op: 'replace',
    path: `${at}/devices/interfaces/${index}/macAddress`,
    value: spec.newMacAddresses?.[name] ?? '',
  }))
  if (firmware !== undefined) {
    patches.push({ op: 'replace', path: `${at}/firmware/serial`, value: spec.newSMBiosSerial ?? '' })
  }
  // The restore needs to find its mark again.
  const { [lastRestoreAnnotation]: _, ...annotations } = source.metadata.annotations ?? {}
  patches.push(
    ...removals(source.metadata.labels ?? {}, spec.labelFilters, '/metadata/labels'),
    ...removals(annotations, spec.annotationFilters, '/metadata/annotations'),
    ...removals(template.metadata?.labels ?? {}, spec.template?.labelFilters, '/spec/template/metadata/labels'),
    ...removals(
      template.metadata?.annotations ?? {},
      spec.template?.annotationFilters,
      '/spec/template/metadata/annotations',
    ),
  )
  if (firmware !== undefined) patches.push({ op: 'replace', path: `${at}/firmware/uuid`, value: '' })
  return [...patches.map((patch) => JSON.stringify(patch)), ...(spec.patches ?? [])]
}

export const lastRestoreAnnotation = 'restore.kubevirt.io/lastRestoreUID'

function removals(from: Record<string, string>, filters: string[] | undefined, path: string): object[] {
  if (filters === undefined) return []
  const wanted = filters.filter((filter) => !filter.startsWith('!')).map((filter) => patternOf(filter))
  const unwanted = filters.filter((filter) => filter.startsWith('!')).map((filter) => patternOf(filter.slice(1)))
  return Object.keys(from)
    .filter((key) => !wanted.some((pattern) => pattern(key)) || unwanted.some((pattern) => pattern(key)))
    .map((key) => ({ op: 'remove', path: `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}` }))
}

/** KubeVirt reads a filter as a regular expression that may match anywhere; one that is none matches nothing. */
function patternOf(filter: string): (key: string) => boolean {
  try {
    const pattern = new SafeRegex(filter === '*' ? '.*' : filter)
    return (key) => pattern.test(key)
  } catch {
    // As in KubeVirt.
    return () => false
  }
}
