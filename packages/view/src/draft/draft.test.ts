import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deepEqual, isJsonObject, type Json, type JsonObject, type KubeObject } from '@berth/meta'
import { changesBetween } from './changes.ts'
import {
  draftChanges,
  draftField,
  draftObject,
  draftValue,
  isDirty,
  openDraft,
  reverted,
  withText,
  withValue,
} from './draft.ts'
import { editedText, textSaying } from './edit.ts'
import { merged } from './merge.ts'
import { changedAt, pathText, valueAt, type DraftPath } from './path.ts'
import { restoredDraft, storedDraft } from './stored-draft.ts'
import { readYaml, writeYaml } from './yaml-text.ts'

const machine: KubeObject & JsonObject = {
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachine',
  metadata: {
    name: 'web',
    namespace: 'default',
    uid: 'u',
    resourceVersion: '7',
    generation: 2,
    labels: { app: 'web' },
  },
  spec: {
    runStrategy: 'Always',
    future: { unknown: ['kept', 1.5, null] },
    template: {
      spec: {
        domain: { cpu: { sockets: 1 }, devices: { disks: [{ name: 'root', disk: { bus: 'virtio' } }] } },
        volumes: [{ name: 'root', containerDisk: { image: 'x' } }],
      },
    },
  },
  status: { ready: true },
}
const spec = ['spec', 'template', 'spec'] as const

const member = fc.constantFrom('a', 'b', 'name', 'c.d', 'on', '1', '-x', ': y', '#z', '')
const scalar = fc.oneof(
  fc.string(),
  fc.constantFrom(
    'yes',
    'null',
    '1e3',
    '0o7',
    '2001-01-01',
    'a: b',
    '- x',
    'two\nlines',
    'end\n',
    ' lead',
    '# no',
    '\ttab',
    '|',
  ),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (Object.is(value, -0) ? 0 : value)),
  fc.boolean(),
  fc.constant(null),
)
const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4, depthSize: 'medium' },
    scalar,
    fc.array(tie('json'), { maxLength: 3 }),
    fc
      .uniqueArray(fc.constantFrom('p', 'q', 'r'), { maxLength: 3 })
      .chain((names) => fc.tuple(...names.map((name) => tie('json').map((value): Json => ({ name, value }))))),
    fc.dictionary(member, tie('json'), { maxKeys: 4 }),
  ),
}))
const object = fc.dictionary(member, json, { minKeys: 1, maxKeys: 4 })

/** Places that are there, and some below objects that are not. */
function places(value: Json, path: DraftPath = []): DraftPath[] {
  const here = path.length === 0 ? [] : [path]
  if (Array.isArray(value)) return [...here, ...value.flatMap((item, index) => places(item, [...path, index]))]
  if (!isJsonObject(value)) return here
  return [
    ...here,
    [...path, 'new'],
    [...path, 'new', 'deep'],
    ...Object.entries(value).flatMap(([key, item]) => places(item, [...path, key])),
  ]
}

describe('editing a text', () => {
  const text = `# mine
kind: VM   # what it is
spec:
    cpu:
        sockets: 1 # few
    odd:   {a: [1,   2], b: "q"}

    disks:
    - name: root   # first
      bus: 'sata'
    # the second
    -   name: data
        note: |
          long
          text
`
  test.each<[string, DraftPath, Json | undefined, (text: string) => string]>([
    ['a number', ['spec', 'cpu', 'sockets'], 2, (t) => t.replace('sockets: 1', 'sockets: 2')],
    ['a new member', ['spec', 'cpu', 'cores'], 4, (t) => t.replace('few\n', 'few\n        cores: 4\n')],
    ['an item by name', ['spec', 'disks', { name: 'root' }, 'bus'], 'virtio', (t) => t.replace("'sata'", 'virtio')],
    [
      'a removed member',
      ['spec', 'disks', { name: 'root' }, 'bus'],
      undefined,
      (t) => t.replace("      bus: 'sata'\n", ''),
    ],
    [
      'a removed item',
      ['spec', 'disks', { name: 'data' }],
      undefined,
      (t) => t.slice(0, t.indexOf('    -   name: data')),
    ],
    ['a new item', ['spec', 'disks', { name: 'c' }, 'bus'], 'usb', (t) => `${t}    - name: c\n      bus: usb\n`],
  ])('changes %s and no other byte', (_what, path, value, expected) => {
    expect(editedText(text, path, value)).toBe(expected(text))
  })

  test('what cannot be spliced keeps its meaning and its comments', () => {
    const edited = editedText(text, ['spec', 'odd', 'a', 1], 3)
    expect(edited).toContain('# what it is')
    expect(readYaml(edited)).toMatchObject({ value: { spec: { odd: { a: [1, 3], b: 'q' } } } })
  })

  test('says what was set, whatever stands there', () => {
    fc.assert(
      fc.property(object, fc.nat(), fc.option(json, { nil: undefined }), (value, pick, next) => {
        const all = places(value)
        const path = all[pick % all.length] ?? []
        if (valueAt(value, path.slice(0, -1)) === null) return
        let wanted: Json | undefined
        try {
          wanted = changedAt(value, path, next)
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError)
          return
        }
        const read = readYaml(editedText(writeYaml(value), path, next))
        expect(read).toMatchObject({ value: wanted })
        expect('value' in read && deepEqual(read.value, wanted)).toBe(true)
      }),
    )
  })

  test('every object comes back from its text, and every text can be made to say every object', () => {
    fc.assert(
      fc.property(object, object, (one, other) => {
        const read = readYaml(textSaying(writeYaml(one), other))
        expect('value' in read && deepEqual(read.value, other)).toBe(true)
      }),
    )
  })
})

describe('a draft', () => {
  test('leaves out what the server owns, and sends the version it was made from', () => {
    const draft = openDraft(machine)
    expect(draft.text).not.toMatch(/uid|generation|status/)
    expect(draftObject(draft)).toMatchObject({ metadata: { name: 'web', uid: 'u', resourceVersion: '7' } })
    expect(isDirty(draft)).toBe(false)
  })

  test('form and text change the same thing', () => {
    const path: DraftPath = [...spec, 'domain', 'cpu', 'sockets']
    const typed = withText(openDraft(machine), openDraft(machine).text.replace('sockets: 1', 'sockets: 3 # three'))
    expect(draftField(typed, path)).toEqual({ value: 3, before: 1, dirty: true })
    const set = withValue(typed, path, 4)
    expect(set.text).toContain('sockets: 4 # three')
    expect(draftChanges(set).map(({ path: at, before, after }) => [pathText(at), before, after])).toEqual([
      ['spec.template.spec.domain.cpu.sockets', 1, 4],
    ])
    expect(isDirty(reverted(set, path))).toBe(false)
    expect(isDirty(reverted(set))).toBe(false)
  })

  test('a field that was never there leaves nothing behind when it is cleared', () => {
    const path: DraftPath = [...spec, 'domain', 'firmware', 'bootloader', 'efi', 'secureBoot']
    const set = withValue(openDraft(machine), path, true)
    expect(isDirty(set)).toBe(true)
    expect(isDirty(withValue(set, path, undefined))).toBe(false)
  })

  test('a text that is no YAML says where, and can be thrown away', () => {
    const broken = withText(openDraft(machine), 'spec:\n  a: [1\n  b: 2')
    expect(draftValue(broken)).toBeUndefined()
    expect(isDirty(broken)).toBe(true)
    expect(isDirty(reverted(broken))).toBe(false)
  })

  test('it can be kept as a text', () => {
    const draft = withValue(openDraft(machine), ['metadata', 'labels', 'a.b/c'], 'x')
    expect(restoredDraft(storedDraft(draft))).toEqual(draft)
    for (const bad of ['', '{}', '[]', '{"text":1,"base":{}}', '{"text":"","base":{},"origin":{"uid":1}}']) {
      expect(restoredDraft(bad)).toBeUndefined()
    }
  })
})

describe('changes', () => {
  test('lead from one to the other, and there are none between equals', () => {
    fc.assert(
      fc.property(object, object, (before, after) => {
        const there = changesBetween(before, after).reduce<Json | undefined>(
          (now, { path, after: value }) => changedAt(now, path, value),
          before,
        )
        expect(changesBetween(there, after).every(({ path }) => Array.isArray(valueAt(after, path)))).toBe(true)
        expect(changesBetween(before, before)).toEqual([])
      }),
    )
  })
})

describe('a merge', () => {
  const live = (change: (value: JsonObject) => Json | undefined): KubeObject => ({
    ...(change(machine) as unknown as KubeObject),
  })
  const later = (value: Json | undefined): KubeObject =>
    changedAt(value, ['metadata', 'resourceVersion'], '8') as unknown as KubeObject

  test('takes both sides where they changed different places', () => {
    const mine = withValue(openDraft(machine), [...spec, 'domain', 'cpu', 'sockets'], 2)
    const theirs = later(
      changedAt(machine, [...spec, 'volumes', { name: 'new' }], { name: 'new', emptyDisk: { capacity: '1Gi' } }),
    )
    const result = merged(mine, theirs)
    expect(result?.conflicts).toEqual([])
    expect(draftField(result?.draft ?? mine, [...spec, 'domain', 'cpu', 'sockets']).value).toBe(2)
    expect(draftField(result?.draft ?? mine, [...spec, 'volumes', { name: 'new' }]).dirty).toBe(false)
    expect(result?.draft.origin).toEqual({ uid: 'u', resourceVersion: '8' })
    expect(result?.theirs).toHaveLength(1)
  })

  test('names the places both changed, and takes the side that was chosen', () => {
    const path: DraftPath = [...spec, 'domain', 'cpu', 'sockets']
    const mine = withValue(openDraft(machine), path, 2)
    const theirs = later(changedAt(machine, path, 4))
    const open = merged(mine, theirs)
    expect(open?.conflicts).toEqual([{ path, base: 1, mine: 2, theirs: 4 }])
    expect(draftField(open?.draft ?? mine, path).value).toBe(2)
    const chosen = merged(mine, theirs, new Map([[pathText(path), 'theirs']]))
    expect(draftField(chosen?.draft ?? mine, path).value).toBe(4)
    expect(isDirty(chosen?.draft ?? mine)).toBe(false)
  })

  test('is not made with another object of the same name', () => {
    expect(
      merged(
        openDraft(machine),
        live((value) => changedAt(value, ['metadata', 'uid'], 'v')),
      ),
    ).toBeUndefined()
  })

  test('with nothing changed by one side is the other side', () => {
    const wrap = (value: JsonObject): KubeObject =>
      ({ apiVersion: 'v1', kind: 'X', metadata: { uid: 'u', resourceVersion: '1' }, spec: value }) as KubeObject
    fc.assert(
      fc.property(object, object, (base, other) => {
        const draft = openDraft(wrap(base))
        const untouched = merged(draft, wrap(other))
        expect(untouched?.conflicts).toEqual([])
        expect(draftField(untouched?.draft ?? draft, ['spec']).value).toEqual(other)
        const mine = withText(draft, openDraft(wrap(other)).text)
        expect(merged(mine, wrap(base))?.draft.text).toBe(mine.text)
        const same = merged(mine, wrap(other))
        expect(same?.conflicts).toEqual([])
        expect(isDirty(same?.draft ?? mine)).toBe(false)
      }),
      // Each run reads and writes a dozen texts.
      { numRuns: 30 },
    )
  })

  test('with all conflicts decided for one side holds what that side changed', () => {
    const wrap = (value: JsonObject): KubeObject =>
      ({ apiVersion: 'v1', kind: 'X', metadata: { uid: 'u', resourceVersion: '1' }, spec: value }) as KubeObject
    fc.assert(
      fc.property(object, object, object, (base, mine, theirs) => {
        const draft = withText(openDraft(wrap(base)), openDraft(wrap(mine)).text)
        const open = merged(draft, wrap(theirs))
        const all = new Map(open?.conflicts.map(({ path }) => [pathText(path), 'theirs'] as const))
        const chosen = merged(draft, wrap(theirs), all)
        for (const { path } of open?.conflicts ?? []) {
          expect(draftField(open?.draft ?? draft, path).value).toEqual(valueAt(wrap(mine) as unknown as Json, path))
          expect(draftField(chosen?.draft ?? draft, path).dirty).toBe(false)
        }
      }),
      // Each run reads and writes a dozen texts.
      { numRuns: 30 },
    )
  })
})
