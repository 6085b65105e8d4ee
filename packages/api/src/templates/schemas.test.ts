import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isJsonObject, type Json } from '@berth/meta'
import { describe, expect, it } from 'vitest'
import { templateSchemas } from './schemas.ts'

const file = join(import.meta.dirname, '../../../../../shared/reference/kubevirt-data/virt-template-crds.json')

interface Crd {
  spec: { names: { kind: string }; versions: { schema: { openAPIV3Schema: Json } }[] }
}

/** Names Kubernetes has for what our schemas hold under shorter ones. */
const published: Record<string, string> = {
  preserveUnknownFields: 'x-kubernetes-preserve-unknown-fields',
  listType: 'x-kubernetes-list-type',
  listMapKeys: 'x-kubernetes-list-map-keys',
  mapType: 'x-kubernetes-map-type',
  validations: 'x-kubernetes-validations',
}

function comparable(schema: Json, at: string): Json {
  if (Array.isArray(schema)) return schema.map((entry, index) => comparable(entry, `${at}[${index}]`))
  if (!isJsonObject(schema)) return schema
  if ('ref' in schema) return { type: 'object' }
  const inProperties = at.endsWith('.properties')
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([key]) => inProperties || key !== 'description')
      .map(([key, value]) => [inProperties ? key : (published[key] ?? key), comparable(value, `${at}.${key}`)]),
  )
}

describe.skipIf(!existsSync(file))(
  'schemas of templates beside the published ones (skipped where ../shared/reference/kubevirt-data does not lie beside the repository)',
  () => {
    const list = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { items: Crd[] }) : { items: [] }
    const rows = list.items.flatMap(({ spec }) =>
      spec.versions.map(({ schema }) => [spec.names.kind, schema.openAPIV3Schema] as const),
    )
    it.each(rows)('%s', (kind, theirs) => {
      const ours: unknown = templateSchemas[`io.kubevirt.template.v1beta1.${kind}`]
      expect(comparable(ours as Json, '')).toEqual(comparable(theirs, ''))
    })
  },
)
