/** Every field of the API is honoured or refused on purpose: none falls to the general reason unnoticed. */

import type { Schema } from '@berth/meta'
import { describe, expect, it } from 'vitest'
import { kubevirtSchemas } from '../generated/kubevirt.ts'
import { honouredTables } from './unhonoured.ts'

const roots = {
  VirtualMachine: 'io.kubevirt.v1.VirtualMachineSpec',
  VirtualMachineInstance: 'io.kubevirt.v1.VirtualMachineInstanceSpec',
  DataVolume: 'io.kubevirt.cdi.v1beta1.DataVolumeSpec',
} as const

describe('rows of the tables', () => {
  it.each(Object.keys(roots) as (keyof typeof roots)[])('reach every field of %s', (kind) => {
    const table = honouredTables[kind]
    const rows = Object.keys(table)
    const missing = leaves({ ref: roots[kind] }, '', []).filter((path) => !isTold(path, table, rows))
    expect(missing).toEqual([])
  })
})

/** A row for the field, or one above it that stands for all that is below. */
function isTold(path: string, table: (typeof honouredTables)[keyof typeof roots], rows: string[]): boolean {
  const steps = path.replaceAll('[]', '.[]').split('.')
  return steps.some((_step, index) => {
    const above = steps
      .slice(0, index + 1)
      .join('.')
      .replaceAll('.[]', '[]')
    const rule = table[above]
    if (rule === undefined) return false
    return rule.kind === 'no' || !rows.some((row) => row.startsWith(`${above}.`) || row.startsWith(`${above}[]`))
  })
}

function leaves(schema: Schema, at: string, seen: readonly string[]): string[] {
  const { ref } = schema
  if (ref !== undefined && seen.includes(ref)) return [at]
  const resolved = ref === undefined ? schema : (kubevirtSchemas[ref] ?? {})
  const within = ref === undefined ? seen : [...seen, ref]
  const members = Object.entries(resolved.properties ?? {})
  if (members.length > 0) {
    return members.flatMap(([name, child]) => leaves(child, at === '' ? name : `${at}.${name}`, within))
  }
  if (resolved.items !== undefined) return leaves(resolved.items, `${at}[]`, within)
  return [resolved.additionalProperties === undefined ? at : `${at}.{}`]
}
