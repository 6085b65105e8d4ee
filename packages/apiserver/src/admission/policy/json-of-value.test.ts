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
    expect(jsonOf('{"a": dyn([1, 2]), "b": dyn({"c": 1.5}), "d": dyn("x"), "e": dyn(3u)}')).toEqual({
      a: [1, 2],
      b: { c: 1.5 },
      d: 'x',
      e: 3,
    })
  })

  it.each([
    ['lists', `[1]${'.map(a, [a, a, a, a])'.repeat(40)}`],
    ['long texts', `["${'x'.repeat(1000)}"]${'.map(a, [a, a, a, a])'.repeat(10)}`],
    ['maps', `[{"a": 1}]${'.map(a, {"x": a, "y": a, "z": a})'.repeat(40)}`],
  ])('does not write out %s that share their parts without end', (_what, expression) => {
    expect(() => jsonOf(expression)).toThrow(MutationError)
  })
})
