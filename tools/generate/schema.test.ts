import { describe, expect, it } from 'vitest'
import { constraints, extraProperties, fieldSchemas } from './fields.ts'
import { namedLists, namedObjects } from './lists.ts'
import { parseDeclarations } from './parse.ts'
import { definitions, references } from './schema.ts'

const declarations = `
declare const KubeThingPolicyEnum: { readonly A: "A"; readonly B: "b" };
/**
 * Licence text that belongs to no type.
 */

/**
 * A pod.
 *
 * Second paragraph.
 * @export
 */
interface IoK8sApiCoreV1Pod {
    /**
     *
     * @type {IoK8sApimachineryPkgApisMetaV1ObjectMeta}
     */
    metadata?: IoK8sApimachineryPkgApisMetaV1ObjectMeta;
    /** Desired. */
    spec: IoK8sApiCoreV1PodSpec;
    policy?: KubeThingPolicyEnum;
}
interface IoK8sApiCoreV1PodSpec {
    volumes?: Array<IoK8sApiCoreV1Volume>;
    args?: Array<string>;
    nodeSelector?: { [key: string]: string; };
    overhead?: { [key: string]: string; };
    /** IntOrString is a type that can hold an int32 or a string. */
    port?: string;
    /** Quantity is a fixed-point representation of a number. */
    size?: string;
    /** Seconds. */
    grace?: number;
    _default?: boolean;
}
interface IoK8sApiCoreV1Volume { name: string; emptyDir?: object; }
interface IoK8sApiCoreV1Unused { name: string; }
interface IoK8sApimachineryPkgApisMetaV1ObjectMeta {
    /** Time is a wrapper around time.Time which supports marshaling. */
    creationTimestamp?: string;
    finalizers?: Array<string>;
}
interface ListCoreV1PodRequest { pretty?: string; }
`

const input = { source: 'kubernetes' as const, declarations: parseDeclarations('fixture.d.ts', declarations) }
const set = definitions([input], ['io.k8s.api.core.v1.Pod'])

describe('definitions', () => {
  it('takes the roots and what they refer to, in the order of their names', () => {
    expect(Object.keys(set)).toEqual([
      'io.k8s.api.core.v1.Pod',
      'io.k8s.api.core.v1.PodSpec',
      'io.k8s.api.core.v1.Volume',
      'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta',
    ])
  })

  it('keeps descriptions, required properties, enumerations and references', () => {
    expect(set['io.k8s.api.core.v1.Pod']).toEqual({
      type: 'object',
      description: 'A pod.\n\nSecond paragraph.',
      required: ['spec'],
      properties: {
        metadata: { ref: 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' },
        spec: { ref: 'io.k8s.api.core.v1.PodSpec', description: 'Desired.' },
        policy: { type: 'string', enum: ['A', 'b'] },
      },
    })
  })

  it('restores what the types lost: merge keys, quantities, int-or-string, times, names', () => {
    expect(set['io.k8s.api.core.v1.PodSpec']?.properties).toEqual({
      volumes: {
        type: 'array',
        items: { ref: 'io.k8s.api.core.v1.Volume' },
        listType: 'map',
        listMapKeys: ['name'],
        patchStrategy: 'merge,retainKeys',
        patchMergeKey: 'name',
      },
      args: { type: 'array', items: { type: 'string' }, listType: 'atomic' },
      nodeSelector: { type: 'object', additionalProperties: { type: 'string' }, mapType: 'atomic' },
      overhead: { type: 'object', additionalProperties: { type: 'string', format: 'quantity' } },
      port: { intOrString: true },
      size: { type: 'string', format: 'quantity' },
      grace: { type: 'integer', format: 'int64', description: 'Seconds.' },
      default: { type: 'boolean' },
    })
    expect(set['io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta']?.properties).toEqual({
      creationTimestamp: { type: 'string', format: 'date-time', nullable: true },
      finalizers: { type: 'array', items: { type: 'string' }, listType: 'set', patchStrategy: 'merge' },
    })
  })

  it('fails on a kind the types do not have', () => {
    expect(() => definitions([input], ['io.k8s.api.core.v1.Nope'])).toThrow('io.k8s.api.core.v1.Nope')
  })

  it('lets the first input win', () => {
    const other = {
      source: 'kubevirt' as const,
      declarations: parseDeclarations('b.d.ts', 'interface K8sIoApiCoreV1Volume { other: string }'),
    }
    const root = ['io.k8s.api.core.v1.Volume']
    expect(definitions([input, other], root)[root[0] ?? '']?.properties).toHaveProperty('name')
    expect(definitions([other, input], root)[root[0] ?? '']?.properties).toHaveProperty('other')
  })
})

describe('the generated sets', async () => {
  const { coreSchemas } = await import('../../packages/apiserver/src/generated/core.ts')
  const { kubevirtSchemas } = await import('../../packages/api/src/generated/kubevirt.ts')
  const both = { ...kubevirtSchemas, ...coreSchemas }

  it('hold every definition they refer to', () => {
    for (const own of [coreSchemas, kubevirtSchemas]) {
      for (const schema of Object.values(own)) for (const name of references(schema)) expect(own).toHaveProperty([name])
    }
  })

  it('agree on the definitions they share', () => {
    const shared = Object.keys(kubevirtSchemas).filter((name) => name in coreSchemas)
    expect(shared.length).toBeGreaterThan(20)
    for (const name of shared) expect(kubevirtSchemas[name]).toEqual(coreSchemas[name])
  })

  it('have every field that the tables of the generator name', () => {
    const tabled = [
      ...namedLists,
      ...Object.keys(fieldSchemas),
      ...Object.keys(constraints),
      ...Object.entries(extraProperties).flatMap(([name, properties]) =>
        Object.keys(properties).map((p) => `${name}.${p}`),
      ),
    ]
    const missing = tabled.filter((key) => {
      const dot = key.lastIndexOf('.')
      return both[key.slice(0, dot)]?.properties?.[key.slice(dot + 1)] === undefined
    })
    expect(missing).toEqual([])
    expect(namedObjects.filter((name) => both[name] === undefined)).toEqual([])
  })

  it('know the objects that server-side apply replaces as a whole', () => {
    expect(coreSchemas['io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector']?.mapType).toBe('atomic')
    expect(coreSchemas['io.k8s.api.core.v1.ObjectReference']?.mapType).toBe('atomic')
    expect(coreSchemas['io.k8s.api.core.v1.PersistentVolumeSpec']?.properties?.['claimRef']?.mapType).toBe('granular')
  })

  it('take the form of a promoted kind from its earlier version', () => {
    const spec = coreSchemas['io.k8s.api.admissionregistration.v1beta1.MutatingAdmissionPolicySpec']
    expect(spec?.properties?.['mutations']?.items).toEqual({
      ref: 'io.k8s.api.admissionregistration.v1beta1.Mutation',
    })
    expect(spec?.properties?.['matchConditions']?.listMapKeys).toEqual(['name'])
  })
})
