import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseJsonPath } from '@berth/meta'
import { describe, expect, it } from 'vitest'
import { kubevirtSchemas } from './generated/kubevirt.ts'
import { resources, type ResourceData } from './resources.ts'
import { backupSchemas } from './backups/schemas.ts'
import { templateSchemas } from './templates/schemas.ts'

const table: [string, ResourceData][] = Object.entries(resources)
const folder = join(import.meta.dirname, '../../../../shared/reference/kubevirt-data')

describe('the resource table', () => {
  it.each(table)('%s has a schema and columns that can be read', (_key, resource) => {
    expect({ ...kubevirtSchemas, ...templateSchemas, ...backupSchemas }).toHaveProperty([resource.schemaName])
    for (const { value } of resource.columns) expect(() => parseJsonPath(value)).not.toThrow()
  })

  it('gives no name to two kinds', () => {
    const names = table.flatMap(([, { resource, singular, shortNames }]) => [resource, singular, ...shortNames])
    expect(new Set(names).size).toBe(names.length)
  })
})

interface Published {
  group: string
  scope: string
  names: {
    kind: string
    listKind?: string
    plural: string
    singular: string
    shortNames?: string[]
    categories?: string[]
  }
  versions: {
    name: string
    served: boolean
    deprecated?: boolean
    deprecationWarning?: string
    subresources?: { status?: object; scale?: Record<string, string> }
    additionalPrinterColumns?: object[]
  }[]
}

describe.skipIf(!existsSync(folder))(
  'the resource table beside the published one (skipped where ../shared/reference/kubevirt-data does not lie beside the repository)',
  () => {
    it.each(table)('%s is registered as the real one', (_key, resource) => {
      const real = published(resource.kind)
      expect(resource.group).toBe(real.group)
      expect([resource.resource, resource.singular, resource.shortNames, resource.categories]).toEqual([
        real.names.plural,
        real.names.singular,
        real.names.shortNames ?? [],
        real.names.categories ?? [],
      ])
      expect(resource.namespaced).toBe(real.scope === 'Namespaced')
      for (const version of resource.versions) {
        const theirs = real.versions.find(({ name }) => name === version.name)
        expect(theirs?.served).toBe(true)
        expect(version.deprecated).toBe(warningOf(real, theirs))
        expect(resource.status).toBe(theirs?.subresources?.status !== undefined)
        expect(theirs?.subresources?.scale).toEqual(resource.scale === true ? scale : undefined)
        const columns = resource.columns.map(({ value, ...column }) => ({ ...column, jsonPath: value }))
        expect(columns).toEqual(theirs?.additionalPrinterColumns ?? [])
      }
    })
  },
)

/** What the engine makes of `scale: true`. */
const scale = {
  specReplicasPath: '.spec.replicas',
  statusReplicasPath: '.status.replicas',
  labelSelectorPath: '.status.labelSelector',
}

/** Kubernetes has words of its own for a version that brings none. */
function warningOf({ group, names }: Published, version: Published['versions'][number] | undefined) {
  if (version?.deprecated !== true) return undefined
  return version.deprecationWarning ?? `${group}/${version.name} ${names.kind} is deprecated`
}

function published(kind: string): Published {
  for (const file of ['kubevirt-crds.json', 'cdi-crds.json', 'virt-template-crds.json']) {
    const list = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { items: { spec: Published }[] }
    const found = list.items.find(({ spec }) => spec.names.kind === kind)
    if (found !== undefined) return found.spec
  }
  throw new Error(`${kind} is not in the reference data`)
}
