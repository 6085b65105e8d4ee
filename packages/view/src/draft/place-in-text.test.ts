import { expect, test } from 'vitest'
import { placeInText } from './place-in-text.ts'

const text = `kind: VM
spec:
  disks:
  - name: a
    bus: x
  - name: b
  labels:
    a.b/c: d
`

test.each([
  ['kind', 1],
  ['spec', 2],
  ['spec.disks[0].bus', 5],
  ['spec.disks[1].name', 6],
  ['spec.disks[7].name', 3],
  ['spec.labels[a.b/c]', 8],
  ['spec.nothing.here', 2],
  ['', 1],
])('%s is in line %i', (field, line) => {
  expect(placeInText(text, field)).toBe(line)
})

test('a text that is no YAML has a place all the same', () => {
  expect(placeInText('a: [', 'a.b')).toBe(1)
})
