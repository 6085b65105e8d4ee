/** The definitions of a real project, where they are at hand: all but those of kinds with a webhook are taken, served, published. */

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isJsonObject, type JsonObject } from '@berth/meta'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { crdsPath, openWorkshop, type Workshop } from './testing/workshop.ts'

const folder = join(import.meta.dirname, '../../../../../shared/reference/kubevirt-data')
const files = ['kubevirt-crds.json', 'cdi-crds.json', 'virt-template-crds.json'].map((name) => join(folder, name))

function definitionsIn(file: string): JsonObject[] {
  const { items } = JSON.parse(readFileSync(file, 'utf8')) as { items: JsonObject[] }
  return items.map(({ metadata, spec }) => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: isJsonObject(metadata) ? (metadata['name'] ?? '') : '' },
    spec: spec ?? {},
  }))
}

describe.skipIf(!existsSync(folder))(
  'published definitions (skipped where they do not lie beside the repository)',
  () => {
    let shop: Workshop
    beforeAll(async () => {
      shop = await openWorkshop()
    })
    afterAll(() => shop.close())

    const definitions = existsSync(folder) ? files.flatMap((file) => definitionsIn(file)) : []

    it.each(definitions.map((each) => [(each['metadata'] as JsonObject)['name'] as string, each] as const))(
      '%s',
      async (name, body) => {
        const made = await shop.ask('POST', crdsPath, { body })
        expect([made.code, made.json['message']]).toEqual([201, undefined])
        const { group, names, versions } = body['spec'] as {
          group: string
          names: { plural: string }
          versions: { name: string; served: boolean }[]
        }
        for (const version of versions.filter((each) => each.served)) {
          const list = await shop.ask('GET', `/apis/${group}/${version.name}/${names.plural}`)
          expect(list.code).toBe(200)
          expect((await shop.ask('GET', `/openapi/v3/apis/${group}/${version.name}`)).code).toBe(200)
        }
        await shop.controller.idle()
        const { json } = await shop.ask('GET', `${crdsPath}/${name}`)
        expect(json['status']).toMatchObject({
          conditions: [{ type: 'NamesAccepted', status: 'True' }, { status: 'True' }],
        })
      },
    )
  },
)
