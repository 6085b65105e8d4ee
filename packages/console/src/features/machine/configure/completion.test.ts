import { EditorState } from '@codemirror/state'
import { CompletionContext } from '@codemirror/autocomplete'
import { expect, test } from 'vitest'
import { manifestCompletions, pathAbove } from './completion.ts'

test.each([
  ['', 0, []],
  ['spec:', 2, ['spec']],
  ['spec:\n  template:\n    spec:\n      domain: {}', 6, ['spec', 'template', 'spec']],
  ['spec:\n  disks:\n  - name: a', 4, ['spec', 'disks']],
  ['spec:\n  disks:\n    - name: a\n      disk:', 8, ['spec', 'disks', 'disk']],
  ['a:\n  b: 1\nspec:', 2, ['spec']],
])('a line belongs to the keys above it: %j', (text, column, expected) => {
  expect(pathAbove(text.split('\n'), column)).toEqual(expected)
})

const source = {
  root: 'io.VM',
  schemas: {
    'io.VM': {
      properties: { spec: { allOf: [{ $ref: '#/components/schemas/io.Spec' }], description: 'what is wished' } },
    },
    'io.Spec': {
      properties: {
        runStrategy: { type: 'string', description: 'who starts it' },
        disks: { type: 'array', items: { $ref: '#/components/schemas/io.Disk' } },
      },
    },
    'io.Disk': { properties: { name: { type: 'string' }, bootOrder: { type: 'integer' } } },
  },
}
const labelsAt = (text: string): string[] | undefined =>
  manifestCompletions(new CompletionContext(EditorState.create({ doc: text }), text.length, true), source)?.options.map(
    ({ label }) => label,
  )

test('fields are those of the schema at the place', () => {
  expect(labelsAt('s')).toEqual(['spec'])
  expect(labelsAt('spec:\n  r')).toEqual(['runStrategy', 'disks'])
  expect(labelsAt('spec:\n  disks:\n  - b')).toEqual(['name', 'bootOrder'])
  expect(labelsAt('spec:\n  runStrategy: A')).toBeUndefined()
  expect(labelsAt('nowhere:\n  x')).toBeUndefined()
})
