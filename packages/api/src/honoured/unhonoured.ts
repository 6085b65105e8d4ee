/** Finds every field of a spec that the embedded engine would have to ignore, so that it is refused instead. */

import type { StatusCause } from '@berth/meta'
import { kubeVirtTable } from '../configuration/settings-table.ts'
import { instanceTable } from './instance-table.ts'
import { machineTable } from './machine-table.ts'
import { generalReason, type HostAbilities, type Rule, type RuleTable } from './rule.ts'
import { unsharedFolders } from './shared-folders.ts'
import { claimTable, dataVolumeTable } from './volume-table.ts'

interface Node {
  rule?: Rule
  children: Map<string, Node>
}

const trees = {
  VirtualMachine: treeOf(machineTable),
  VirtualMachineInstance: treeOf(instanceTable),
  DataVolume: treeOf(dataVolumeTable),
  KubeVirt: treeOf(kubeVirtTable),
  PersistentVolumeClaim: treeOf(claimTable),
}

export type HonouredKind = keyof typeof trees

/** Longer lists help nobody. */
const maxCauses = 50

/**
 * Every field set in `spec` that the engine does not honour, with its exact path and the reason. Empty lists and nulls set nothing.
 * @param spec as the client sent it, checked against its schema already
 */
export function unhonoured(kind: HonouredKind, spec: object, host: HostAbilities): StatusCause[] {
  const causes: StatusCause[] = []
  visit({ value: spec, node: trees[kind], path: 'spec', host, causes })
  if (kind === 'VirtualMachineInstance') causes.push(...unsharedFolders(spec, 'spec'))
  if (kind === 'VirtualMachine' && 'template' in spec)
    causes.push(...unsharedFolders(specOf(spec.template), 'spec.template.spec'))
  return causes.slice(0, maxCauses)
}

function specOf(template: unknown): unknown {
  return typeof template === 'object' && template !== null && 'spec' in template ? template.spec : undefined
}

interface Visit {
  value: unknown
  node: Node | undefined
  path: string
  host: HostAbilities
  causes: StatusCause[]
}

function visit({ value, node, path, host, causes }: Visit): void {
  if (value === null || (Array.isArray(value) && value.length === 0)) return
  const refusal = node === undefined ? generalReason : refusalOf(node.rule, value, host)
  if (refusal !== undefined) {
    causes.push({ reason: 'FieldValueForbidden', field: path, message: refusal })
    return
  }
  // A leaf of the table honours all that is below it.
  if (node === undefined || node.children.size === 0 || typeof value !== 'object') return
  if (Array.isArray(value)) {
    value.forEach((item, index) =>
      visit({ value: item, node: node.children.get('[]'), path: `${path}[${index}]`, host, causes }),
    )
    return
  }
  for (const [key, child] of Object.entries(value)) {
    const next = node.children.get(key) ?? node.children.get('{}')
    visit({ value: child, node: next, path: `${path}.${key}`, host, causes })
  }
}

function refusalOf(rule: Rule | undefined, value: unknown, host: HostAbilities): string | undefined {
  if (rule?.kind === 'no') return rule.reason
  if (rule?.kind === 'only') return rule.values.some((each) => each === value) ? undefined : rule.reason
  return rule?.kind === 'when' ? rule.refusal(value, host) : undefined
}

function treeOf(table: RuleTable): Node {
  const root: Node = { children: new Map() }
  for (const [path, rule] of Object.entries(table)) {
    let node = root
    for (const step of path.replaceAll('[]', '.[]').split('.')) {
      const next = node.children.get(step) ?? { children: new Map() }
      node.children.set(step, next)
      node = next
    }
    node.rule = rule
  }
  return root
}

/** The tables by kind, for documentation and for tests that hold them against the schemas. */
export const honouredTables: Record<HonouredKind, RuleTable> = {
  VirtualMachine: machineTable,
  VirtualMachineInstance: instanceTable,
  DataVolume: dataVolumeTable,
  KubeVirt: kubeVirtTable,
  PersistentVolumeClaim: claimTable,
}
