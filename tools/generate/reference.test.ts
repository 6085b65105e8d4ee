/** Our schemas beside those a real KubeVirt installs, where that reference data lies next to the repository. */

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Schema } from '@berth/meta'
import { describe, expect, it } from 'vitest'
import { kubevirtSchemas } from '../../packages/api/src/generated/kubevirt.ts'

const folder = join(import.meta.dirname, '../../../shared/reference/kubevirt-data')

interface Published {
  type?: string
  required?: string[]
  enum?: unknown[]
  nullable?: boolean
  default?: unknown
  minimum?: number
  maximum?: number
  maxLength?: number
  maxItems?: number
  properties?: Record<string, Published>
  items?: Published
  additionalProperties?: Published | boolean
  'x-kubernetes-int-or-string'?: boolean
  'x-kubernetes-list-type'?: string
  'x-kubernetes-list-map-keys'?: string[]
  'x-kubernetes-preserve-unknown-fields'?: boolean
}

const instancetypes = ['VirtualMachineInstancetype', 'VirtualMachinePreference', 'VirtualMachinePool']
const clusterInstancetypes = ['VirtualMachineClusterInstancetype', 'VirtualMachineClusterPreference']

const kinds: Record<string, string> = {
  ...definitions('io.kubevirt.v1', [
    'VirtualMachine',
    'VirtualMachineInstance',
    'VirtualMachineInstanceReplicaSet',
    'VirtualMachineInstancePreset',
    'VirtualMachineInstanceMigration',
    'KubeVirt',
  ]),
  ...definitions('io.kubevirt.v1beta1', [...instancetypes, ...clusterInstancetypes]),
  ...definitions('io.kubevirt.v1alpha1', ['MigrationPolicy']),
  ...definitions('io.kubevirt.cdi.v1beta1', ['DataVolume', 'DataSource', 'CDIConfig', 'StorageProfile']),
}

function definitions(group: string, names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, `${group}.${name}`]))
}

/** Differences we know of and why they may stay. */
const known: { path: RegExp; reason: string }[] = [
  {
    path: /\.(\w*Time(stamp)?) nullable: extra$/,
    reason: 'every time may be null here, as Kubernetes reads it; the published schemas say it of conditions only',
  },
  { path: /(^\w+|dataVolumeTemplates\[\])\.status unknown fields: kept$/, reason: 'status is tolerant' },
  {
    path: /dataVolumeTemplates\[\]\.spec\.(serviceAccountName|source\.http\.(checksum|insecureSkipVerify)|source\.vddk\.certConfigMap) only here$/,
    reason: 'KubeVirt was built with an older CDI than the one its DataVolumes go to',
  },
  { path: /migrations\.experimental only here$/, reason: 'the cluster setting and the status share a definition' },
  { path: /CDIConfig\.\w+\.imagePullSecrets\[\]\.name default/, reason: 'the engine pulls with no such secrets' },
  {
    path: /StorageProfile\.status\.conditions missing$/,
    reason: 'status is tolerant, the engine writes no such conditions',
  },
]

describe.skipIf(!existsSync(folder))(
  'schemas against the published ones (skipped where ../shared/reference/kubevirt-data does not lie beside the repository)',
  () => {
    it.each(Object.keys(kinds))('%s has the fields, types and list rules of the real one', (kind) => {
      const found = differences({ ref: kinds[kind] ?? '' }, published(kind), kind)
      expect(found.filter((line) => !known.some(({ path }) => path.test(line)))).toEqual([])
    })
  },
)

function published(kind: string): Published {
  for (const file of ['kubevirt-crds.json', 'cdi-crds.json']) {
    const list = JSON.parse(readFileSync(join(folder, file), 'utf8')) as {
      items: {
        spec: { names: { kind: string }; versions: { name: string; schema: { openAPIV3Schema: Published } }[] }
      }[]
    }
    const definition = list.items.find(({ spec }) => spec.names.kind === kind)
    const wanted = kinds[kind]?.split('.').at(-2)
    const version = definition?.spec.versions.find(({ name }) => name === wanted)
    if (version !== undefined) return version.schema.openAPIV3Schema
  }
  throw new Error(`${kind} is not in the reference data`)
}

function resolve(schema: Schema): Schema {
  if (schema.ref === undefined) return schema
  return { ...resolve(kubevirtSchemas[schema.ref] ?? {}), ...(schema.nullable === true ? { nullable: true } : {}) }
}

function values(list: unknown[] | undefined): string {
  return JSON.stringify(list?.toSorted() ?? null)
}

function typeOf(schema: Schema): string {
  return schema.intOrString === true || schema.format === 'quantity' ? 'intOrString' : (schema.type ?? 'any')
}

function differences(reference: Schema, theirs: Published, path: string): string[] {
  const ours = resolve(reference)
  const theirType = theirs['x-kubernetes-int-or-string'] === true ? 'intOrString' : (theirs.type ?? 'any')
  if (typeOf(ours) !== theirType) return [`${path} type: ${typeOf(ours)} instead of ${theirType}`]
  const found: string[] = []
  if ((theirs.nullable === true) !== (ours.nullable === true)) {
    found.push(`${path} nullable: ${theirs.nullable === true ? 'missing' : 'extra'}`)
  }
  for (const key of ['default', 'minimum', 'maximum', 'maxLength', 'maxItems'] as const) {
    const [own, their] = [JSON.stringify(ours[key]), JSON.stringify(theirs[key])]
    if (own !== their) found.push(`${path} ${key}: ${own} instead of ${their}`)
  }
  const keeps = theirs['x-kubernetes-preserve-unknown-fields'] === true
  if (keeps !== (ours.preserveUnknownFields === true))
    found.push(`${path} unknown fields: ${keeps ? 'dropped' : 'kept'}`)
  if (values(ours.enum) !== values(theirs.enum)) {
    found.push(`${path} enum: ${values(ours.enum)} instead of ${values(theirs.enum)}`)
  }
  const [own, their] = [ours.required, theirs.required].map((names) => String(names?.toSorted() ?? ''))
  if (own !== their) found.push(`${path} required: ${own} instead of ${their}`)
  if (theirs.type === 'array') {
    const rule = `${theirs['x-kubernetes-list-type'] ?? 'atomic'} ${String(theirs['x-kubernetes-list-map-keys'] ?? '')}`
    const own = `${ours.listType ?? 'atomic'} ${String(ours.listMapKeys ?? '')}`
    if (rule !== own) found.push(`${path} list: ${own} instead of ${rule}`)
  }
  found.push(...propertyDifferences(ours, theirs, path))
  if (ours.items !== undefined && theirs.items !== undefined)
    found.push(...differences(ours.items, theirs.items, `${path}[]`))
  if (typeof theirs.additionalProperties === 'object') {
    found.push(...differences(ours.additionalProperties ?? {}, theirs.additionalProperties, `${path}{}`))
  }
  return found
}

function propertyDifferences(ours: Schema, theirs: Published, path: string): string[] {
  const found: string[] = []
  const free = theirs['x-kubernetes-preserve-unknown-fields'] === true || theirs.properties === undefined
  for (const name of Object.keys(ours.properties ?? {})) {
    if (!free && theirs.properties?.[name] === undefined) found.push(`${path}.${name} only here`)
  }
  for (const [name, their] of Object.entries(theirs.properties ?? {})) {
    const own = ours.properties?.[name]
    if (own === undefined) {
      if (typeOf(ours) === 'object' && ours.preserveUnknownFields === true && ours.properties === undefined) continue
      found.push(`${path}.${name} missing`)
    } else found.push(...differences(own, their, `${path}.${name}`))
  }
  return found
}
