import { describe, expect, it } from 'vitest'
import type { ObjectMeta, OwnerReference } from './object.ts'
import { utf8Length, validateObjectMeta } from './object-meta.ts'
import { invalid } from './status.ts'

const owner = { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u' }
const base: ObjectMeta = { name: 'web', namespace: 'default' }

/** Causes as `field: message`, each cut to its first words. */
function found(meta: ObjectMeta, namespaced = true): string[] {
  return validateObjectMeta(meta, { namespaced }).map(({ field, message }) => `${field}: ${message}`)
}

describe('validateObjectMeta', () => {
  it('accepts what Kubernetes accepts', () => {
    expect(
      found({
        ...base,
        labels: { 'app.kubernetes.io/name': 'web', empty: '' },
        annotations: { 'Example.com/Key': 'any text\nat all' },
        finalizers: ['example.com/keep', 'orphan'],
        ownerReferences: [
          { ...owner, controller: true },
          { ...owner, name: 'q' },
        ],
      }),
    ).toEqual([])
    expect(found({ name: 'node-1' }, false)).toEqual([])
  })

  it.each<[string, ObjectMeta, string]>([
    ['a missing name', { namespace: 'a' }, 'metadata.name: Required value: name or generateName is required'],
    ['a bad name', { ...base, name: 'Web' }, 'metadata.name: Invalid value: "Web": a lowercase RFC 1123 subdomain'],
    ['a bad prefix', { ...base, generateName: 'W-' }, 'metadata.generateName: Invalid value: "W-": a lowercase'],
    ['a missing namespace', { name: 'web' }, 'metadata.namespace: Required value'],
    [
      'a bad namespace',
      { ...base, namespace: 'a.b' },
      'metadata.namespace: Invalid value: "a.b": a lowercase RFC 1123 label',
    ],
    [
      'a generation',
      { ...base, generation: -1 },
      'metadata.generation: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      'a label key',
      { ...base, labels: { 'a b': '' } },
      'metadata.labels: Invalid value: "a b": name part must consist',
    ],
    ['a label value', { ...base, labels: { a: 'b c' } }, 'metadata.labels: Invalid value: "b c": a valid label must'],
    [
      'an annotation key',
      { ...base, annotations: { 'a/b/c': '' } },
      'metadata.annotations: Invalid value: "a/b/c": a qualified name',
    ],
    [
      'too many annotations',
      { ...base, annotations: { a: 'ä'.repeat(131_072) } },
      'metadata.annotations: Too long: may not be more than 262144 bytes',
    ],
    ['a finalizer', { ...base, finalizers: ['a b'] }, 'metadata.finalizers: Invalid value: "a b": name part'],
    [
      'both deletion finalizers',
      { ...base, finalizers: ['orphan', 'foregroundDeletion'] },
      'metadata.finalizers: Invalid value: ["orphan","foregroundDeletion"]: finalizer orphan and foregroundDeletion',
    ],
    [
      'an owner without uid',
      { ...base, ownerReferences: [{ ...owner, uid: '' }] },
      'metadata.ownerReferences.uid: Invalid value: "": uid must not be empty',
    ],
    [
      'an owner without version',
      { ...base, ownerReferences: [{ ...owner, apiVersion: 'apps/' }] },
      'metadata.ownerReferences.apiVersion: Invalid value: "apps/": version must not be empty',
    ],
    [
      'an owner of a version with two slashes',
      { ...base, ownerReferences: [{ ...owner, apiVersion: 'a/b/c' }] },
      'metadata.ownerReferences.apiVersion: Invalid value: "a/b/c": version must not be empty',
    ],
    [
      'an event as owner',
      { ...base, ownerReferences: [{ ...owner, kind: 'Event' }] },
      'metadata.ownerReferences: Invalid value: {"apiVersion":"v1","kind":"Event"',
    ],
    [
      'two controllers',
      {
        ...base,
        ownerReferences: [
          { ...owner, controller: true },
          { ...owner, name: 'q', controller: true },
        ],
      },
      'metadata.ownerReferences: Invalid value: [{',
    ],
  ])('reports %s', (_, meta, expected) => {
    const causes = found(meta)
    expect(causes).toHaveLength(1)
    expect(causes[0]?.slice(0, expected.length)).toBe(expected)
  })

  it('forbids a namespace on cluster-wide kinds', () => {
    expect(found(base, false)).toEqual(['metadata.namespace: Forbidden: not allowed on this type'])
  })

  it('follows the name rule of the kind and the place of the metadata', () => {
    const rules = { namespaced: false, nameKind: 'pathSegment', field: 'spec.template.metadata' } as const
    expect(validateObjectMeta({ name: 'system:admin' }, rules)).toEqual([])
    expect(validateObjectMeta({ name: 'a/b' }, rules)[0]?.field).toBe('spec.template.metadata.name')
  })
})

describe('utf8Length', () => {
  it.each(['', 'abc', 'ä', '€', '😀', 'a😀ä€'])('%j', (text) => {
    expect(utf8Length(text)).toBe(Buffer.byteLength(text))
  })
})

describe('metadata that is wrong a million times', () => {
  it.each<[string, () => ObjectMeta]>([
    [
      'owners',
      () => ({
        ownerReferences: Array.from({ length: 300_000 }, (): OwnerReference => ({
          apiVersion: '',
          kind: '',
          name: '',
          uid: '',
        })),
      }),
    ],
    [
      'controllers',
      () => ({
        ownerReferences: Array.from({ length: 20_000 }, (_, index) => ({
          apiVersion: 'v1',
          kind: 'Pod',
          name: `p${index}`,
          uid: `${index}`,
          controller: true,
        })),
      }),
    ],
    ['finalizers', () => ({ finalizers: Array.from({ length: 300_000 }, () => '') })],
    [
      'labels',
      () => ({ labels: Object.fromEntries(Array.from({ length: 200_000 }, (_, index) => [`${index}`, '!'])) }),
    ],
    [
      'annotations',
      () => ({ annotations: Object.fromEntries(Array.from({ length: 200_000 }, (_, index) => [`!${index}`, ''])) }),
    ],
  ])('is refused soon, and in few words: %s', (_, meta) => {
    const started = performance.now()
    const error = invalid(
      { group: '', kind: 'Pod' },
      'x',
      validateObjectMeta({ name: 'x', ...meta() }, { namespaced: false }),
    )
    expect(performance.now() - started).toBeLessThan(20_000)
    expect(error.message.length).toBeLessThan(1_000_000)
  })
})
