/** Nothing, or a thing of the wrong form, in every place of every kind with rules of our own: taken or refused, and never our fault. */

import { resources, type ResourceKey } from '@berth/api'
import { StatusError, type Json, type JsonObject } from '@berth/meta'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { placesOf, textOf, withValueAt } from '../testing/schema-places.ts'
import { TestEngine } from '../testing/test-engine.ts'
import { allSchemas } from './schemas.ts'

let engine: TestEngine
beforeAll(async () => {
  engine = await TestEngine.start()
})
afterAll(async () => engine[Symbol.asyncDispose]())

const wrong: readonly Json[] = [null, {}, [null]]
/** Which of them comes first where only one is tried: each run has its own, and over a few of them every place has had all. */
const firstTurn = Math.floor(Math.random() * wrong.length)

const instance: JsonObject = {
  hostname: 'a',
  domain: {
    cpu: { cores: 1 },
    memory: { guest: '64Mi' },
    devices: {
      disks: [{ name: 'a', disk: { bus: 'virtio' } }],
      interfaces: [{ name: 'default', masquerade: {} }],
    },
  },
  networks: [{ name: 'default', pod: {} }],
  volumes: [{ name: 'a', emptyDisk: { capacity: '1Mi' } }],
}
const labels = { app: 'a' }
const selector = { matchLabels: labels }
const template = { metadata: { labels }, spec: instance }
const machine = { runStrategy: 'Halted', template }
const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } }
const instancetype = { cpu: { guest: 1 }, memory: { guest: '64Mi' } }

/** What is accepted as it is. Of the other kinds an empty one is, or is refused only after all rules had their look. */
const specs: Partial<Record<ResourceKey, JsonObject>> = {
  virtualMachine: machine,
  virtualMachineInstance: instance,
  virtualMachineInstanceReplicaSet: { replicas: 0, selector, template },
  virtualMachinePool: { replicas: 0, selector, virtualMachineTemplate: { metadata: { labels }, spec: machine } },
  virtualMachineInstancePreset: { selector, domain: { devices: {} } },
  virtualMachineInstanceMigration: { vmiName: 'a' },
  migrationPolicy: { selectors: { namespaceSelector: labels } },
  virtualMachineInstancetype: instancetype,
  virtualMachineClusterInstancetype: instancetype,
  dataVolume: { source: { blank: {} }, storage: claim },
}

/** Large parts that several kinds share are looked at in the first of them, below the place where the others hold them. */
const shared = [
  'io.kubevirt.v1.VirtualMachineInstanceSpec',
  'io.kubevirt.v1.VirtualMachineSpec',
  'io.kubevirt.v1.DomainSpec',
  'io.k8s.api.core.v1.Affinity',
  'io.k8s.apimachinery.pkg.apis.meta.v1.ManagedFieldsEntry',
  'io.k8s.apimachinery.pkg.apis.meta.v1.OwnerReference',
]
const looksInside: readonly ResourceKey[] = ['virtualMachine', 'virtualMachineInstance']
/** What it shares with the other has the rules of the other: one value in each place, in turns. */
const inTurns: ResourceKey = 'virtualMachine'

const served = (Object.keys(resources) as ResourceKey[]).filter((key) => resources[key].schemaName in allSchemas)

interface Asked {
  path: string
  object: JsonObject
  schema: string
}

function asked(key: ResourceKey): Asked {
  const { group, versions, kind, resource, namespaced, schemaName } = resources[key]
  const apiVersion = `${group}/${versions[0].name}`
  return {
    path: `/apis/${apiVersion}${namespaced ? '/namespaces/default' : ''}/${resource}`,
    object: { apiVersion, kind, metadata: { name: 'a' }, spec: specs[key] ?? {} },
    schema: schemaName,
  }
}

/** @returns why it is our fault, if it is */
async function fault(path: string, body: JsonObject): Promise<string | undefined> {
  try {
    await engine.client.raw({ method: 'POST', path: `${path}?dryRun=All`, body })
    return undefined
  } catch (error) {
    return error instanceof StatusError && error.httpCode < 500 ? undefined : String(error)
  }
}

describe('a value of the wrong form anywhere is no fault of ours', () => {
  it.each(served)('%s', async (key) => {
    const { path, object, schema } = asked(key)
    const faults: string[] = []
    let count = 0
    for (const place of placesOf({ ref: schema }, allSchemas)) {
      const inside = place.slice(0, -1).some((step) => shared.includes(step.schema.ref ?? ''))
      if (inside && !looksInside.includes(key)) continue
      const values = inside && key === inTurns ? wrong.slice((firstTurn + count) % wrong.length).slice(0, 1) : wrong
      for (const value of values) {
        count += 1
        const found = await fault(path, withValueAt(object, place, value, allSchemas))
        if (found !== undefined) faults.push(`${textOf(place)} ${JSON.stringify(value)}: ${found}`)
      }
    }
    expect(faults).toEqual([])
    expect(count).toBeGreaterThan(100)
  })
})
