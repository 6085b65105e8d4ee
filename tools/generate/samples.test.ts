/** KubeVirt's own samples with every field set, where that reference data lies next to the repository: nothing of them is lost or changed. */

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { applyDefaults, canonicalise, isJsonObject, prune, validate, type JsonObject } from '@berth/meta'
import { describe, expect, it } from 'vitest'
import { kubevirtSchemas } from '../../packages/api/src/generated/kubevirt.ts'

const folder = join(import.meta.dirname, '../../../shared/reference/kubevirt-data/samples')

/** What a sample's placeholders break, in KubeVirt's published schema as in ours: no value of an enumeration, or out of bounds. */
const placeholders = /^(Unsupported value: |Invalid value: .* should be (less|greater) than or equal to )/

describe.skipIf(!existsSync(folder))(
  'samples (skipped where ../shared/reference/kubevirt-data does not lie beside the repository)',
  () => {
    it.each(['KubeVirt', 'VirtualMachine', 'VirtualMachineInstance'])('%s comes back as it went in', (kind) => {
      const sample = read(kind)
      const object = structuredClone(sample)
      const schema = { ref: `io.kubevirt.v1.${kind}` }
      expect(prune(object, schema, kubevirtSchemas)).toEqual([])
      applyDefaults(object, schema, kubevirtSchemas)
      canonicalise(object, schema, kubevirtSchemas)
      expect(JSON.stringify(object)).toBe(JSON.stringify(sample))
    })

    it.each(['KubeVirt', 'VirtualMachine', 'VirtualMachineInstance'])('%s has no shape the schema refuses', (kind) => {
      const causes = validate(read(kind), { ref: `io.kubevirt.v1.${kind}` }, kubevirtSchemas)
      expect(causes.filter(({ message = '' }) => !placeholders.test(message))).toEqual([])
    })
  },
)

/** Numbers beyond 2^53 are read to the nearest one JavaScript has, as they are everywhere in the engine. */
function read(kind: string): JsonObject {
  const object: unknown = JSON.parse(readFileSync(join(folder, `kubevirt.io.v1.${kind}.json`), 'utf8'))
  if (!isJsonObject(object)) throw new Error(`the sample of ${kind} is no object`)
  return object
}
