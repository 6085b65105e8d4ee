/** Any object the schema lets through gets an answer: no rule throws on it, and the work stays in proportion to its size. */

import {
  applyDefaults,
  isJsonObject,
  StatusError,
  validate,
  type Json,
  type JsonObject,
  type Schema,
} from '@berth/meta'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { admitInstance, admitMachine } from '../admission.ts'
import { defaultConfiguration } from '../configuration/cluster-configuration.ts'
import { defaultInstance } from '../defaulting/instance.ts'
import { defaultMachine } from '../defaulting/machine.ts'
import { kubevirtSchemas } from '../generated/kubevirt.ts'
import { accepted, told } from '../testing/causes.ts'
import { host } from '../testing/examples.ts'
import type { VirtualMachineInstance } from '../types/instance.ts'
import type { VirtualMachine } from '../types/machine.ts'
import { validateInstanceCreate } from './instance.ts'

const words = [
  '',
  'a',
  'root',
  'default',
  'Bad_Name',
  '-1',
  '1Gi',
  '10.0.0.1',
  '02:00:00:00:00:01',
  'virtio',
  'sata',
  'x'.repeat(300),
]
const quantities = ['0', '1', '-1', '1Gi', '500m', '1.5', '64Mi', '1Ei']
const maxDepth = 12

/** Values of a schema, small ones: every optional field is there now and then. */
function valuesOf(schema: Schema, depth = 0): fc.Arbitrary<Json> {
  const resolved = schema.ref === undefined ? schema : { ...kubevirtSchemas[schema.ref], ...schema, ref: undefined }
  if (resolved.enum !== undefined) return fc.constantFrom(...resolved.enum)
  if (resolved.intOrString === true) return fc.constantFrom<Json>(1, 80, '25%', 'http')
  if (resolved.format === 'quantity') return fc.constantFrom(...quantities)
  if (resolved.format === 'date-time') return fc.constant('2026-01-01T00:00:00Z')
  if (resolved.format === 'byte') return fc.constant('YQ==')
  if (resolved.format === 'duration') return fc.constant('5s')
  switch (resolved.type) {
    case 'boolean':
      return fc.boolean()
    case 'integer':
      return fc.constantFrom(...[-1, 0, 1, 2, 512, 65_536].filter((value) => fits(value, resolved)))
    case 'number':
      return fc.constant(0.5)
    case 'string':
      return fc.constantFrom(...words.filter((text) => text.length <= (resolved.maxLength ?? Infinity)))
    case 'array':
      return depth > maxDepth ? fc.constant([]) : fc.array(valuesOf(resolved.items ?? {}, depth + 1), { maxLength: 2 })
    case 'object':
    case undefined:
      return objectsOf(resolved, depth)
  }
}

function fits(value: number, { minimum = -Infinity, maximum = Infinity }: Schema): boolean {
  return value >= minimum && value <= maximum
}

function objectsOf(schema: Schema, depth: number): fc.Arbitrary<Json> {
  if (schema.properties === undefined) {
    const values =
      schema.additionalProperties === undefined ? fc.constant('v') : valuesOf(schema.additionalProperties, depth + 1)
    return depth > maxDepth
      ? fc.constant({})
      : fc.dictionary(fc.constantFrom('cpu', 'memory', 'a/b'), values, { maxKeys: 2 })
  }
  const required = schema.required ?? []
  const names = Object.keys(schema.properties).filter((name) => depth <= maxDepth || required.includes(name))
  const fields = names.map((name) => {
    const field = fc.memo(() => valuesOf(schema.properties?.[name] ?? {}, depth + 1))()
    return [name, required.includes(name) ? field : fc.option(field, { nil: undefined, freq: 3 })] as const
  })
  return fc
    .record<Record<string, Json | undefined>>(Object.fromEntries(fields))
    .map((made) => Object.fromEntries(Object.entries(made).filter(([, value]) => value !== undefined)) as JsonObject)
}

const uuid = () => '5c2f6f1e-0000-4000-8000-000000000001'
const metadata = { name: 'x', namespace: 'default' }
const kinds = {
  VirtualMachine: (object: unknown) => {
    // The schema has vouched for the shape, here as in the server.
    const machine = object as VirtualMachine
    defaultMachine(machine, undefined, { architecture: 'amd64', uuid })
    admitMachine(machine, { host })
  },
  VirtualMachineInstance: (object: unknown) => {
    // As above.
    const instance = object as VirtualMachineInstance
    defaultInstance(instance, { architecture: 'amd64', uuid, now: new Date(0), hotplug: true })
    admitInstance(instance, { host, trusted: false })
  },
}

describe('objects the schema accepts', () => {
  it.each(Object.keys(kinds) as (keyof typeof kinds)[])('are admitted or refused: %s', (kind) => {
    const schema = { ref: `io.kubevirt.v1.${kind}` }
    const specs = valuesOf({ ref: `io.kubevirt.v1.${kind}Spec` })
    fc.assert(
      fc.property(specs, (spec) => {
        const object: JsonObject = { apiVersion: 'kubevirt.io/v1', kind, metadata: { ...metadata }, spec }
        fc.pre(isJsonObject(spec) && validate(object, schema, kubevirtSchemas).length === 0)
        applyDefaults(object, schema, kubevirtSchemas)
        try {
          kinds[kind](object)
        } catch (error) {
          // Anything but a refusal is a bug.
          if (!(error instanceof StatusError)) throw error
          expect([400, 422]).toContain(error.httpCode)
        }
      }),
      { numRuns: 150 },
    )
  })
})

describe('large objects', () => {
  const list = <T>(make: (index: number) => T): T[] => Array.from({ length: 256 }, (_item, index) => make(index))

  it('get at most a few causes for each thing in them', () => {
    const object: unknown = {
      apiVersion: 'kubevirt.io/v1',
      kind: 'VirtualMachineInstance',
      metadata,
      spec: {
        ...accepted,
        volumes: list((index) => ({ name: `v${index}` })),
        networks: list((index) => ({ name: `n${index}` })),
        domain: {
          devices: {
            disks: list((index) => ({ name: `D${index}`, disk: { bus: 'x' }, bootOrder: 0, cache: 'x', io: 'x' })),
            interfaces: list((index) => ({
              name: `c${index}.`,
              model: 'x',
              macAddress: 'x',
              ports: list(() => ({ port: 0 })),
            })),
          },
        },
      },
    }
    const causes = validateInstanceCreate(object as VirtualMachineInstance, {
      configuration: defaultConfiguration,
      trusted: false,
    })
    const things = 4 * 256
    expect(causes.length).toBeLessThan(8 * things)
    expect(new Set(causes.map(told)).size).toBeGreaterThan(things)
  })
})
