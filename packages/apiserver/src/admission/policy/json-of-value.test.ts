import { describe, expect, it } from 'vitest'
import { CelBudget } from '../../cel/budget.ts'
import { compileCel } from '../../cel/compile.ts'
import { celEnvironment } from '../../cel/environment.ts'
import { jsonOfValue, MutationError } from './json-of-value.ts'

const environment = celEnvironment({ libraries: 'kubernetes', variables: {} })

function jsonOf(expression: string): unknown {
  return jsonOfValue(compileCel(expression, environment).evaluate({}, new CelBudget(1_000_000)), 'Object')
}

describe('jsonOfValue', () => {
  it('writes lists and maps out', () => {
    expect(jsonOf('{"a": [1, 2u, "x", null, true], "b": {"c": 1.5}}')).toEqual({
      a: [1, 2, 'x', null, true],
      b: { c: 1.5 },
    })
  })

  it.each([
    `[1]${'.map(a, [a, a, a, a])'.repeat(40)}`,
    `["${'x'.repeat(1000)}"]${'.map(a, [a, a, a, a])'.repeat(10)}`,
    `[{"a": 1}]${'.map(a, {"x": a, "y": a, "z": a})'.repeat(40)}`,
  ])('does not write out what shares its parts without end: %s', (expression) => {
    expect(() => jsonOf(expression)).toThrow(MutationError)
  })
})
