import { describe, expect, it } from 'vitest'
import { CelBudget, CelBudgetExceeded, CelTime } from './budget.ts'
import { compileCel } from './compile.ts'
import { celEnvironment } from './environment.ts'
import { intType, listType, stringType } from './types.ts'
import { CelArray, type CelValue } from './values.ts'

const environment = celEnvironment({
  libraries: 'kubernetes',
  variables: { text: stringType, many: listType(intType), texts: listType(stringType) },
})
const text = 'a'.repeat(100_000)
const bindings: Record<string, CelValue> = {
  text,
  many: new CelArray(Array.from({ length: 100_000 }, (_, index) => BigInt(index))),
  texts: new CelArray(Array.from({ length: 1000 }, (_, index) => `${text.slice(0, 2000)}${index}`)),
}

/** Lists of the same list, over and over: small to make, endless to walk. */
const sharing = `[[1]]${'.map(x, [x, x, x, x, x, x, x, x])'.repeat(30)}[0]`

const doubling = (what: string): string => `[${what}]${'.map(a, a + a)'.repeat(40)}[0].size() > 0`

describe('hostile expressions', () => {
  it.each([
    'many.all(x, many.all(y, many.all(z, x + y + z >= 0)))',
    'many.all(x, many.exists(y, 1 / 0 == 1) || true)',
    'many.map(x, many.map(y, [x, y])).size() > 0',
    'many.transformMap(i, v, many.transformMap(j, w, w)).size() > 0',
    doubling('text'),
    doubling('many'),
    `${sharing} == ${sharing}`,
    `many.all(x, "%s".format([${sharing}]).size() > 0)`,
    `many.all(x, dyn(${sharing}).indexOf(1) < 0)`,
    'many.all(x, many == many)',
    'many.all(x, sets.equivalent(many, many))',
    'many.all(x, text.size() > 0 && text.charAt(1) == "a" && text.indexOf("b") < 0)',
    'many.all(x, text.replace("", text).size() > 0)',
    'texts.map(x, texts.join(text)).size() > 0',
    'many.all(x, text.split("").size() > 0)',
    'many.all(x, "%s".format([many]).size() > 0)',
    'texts.all(x, texts.all(y, !x.matches("(a?){500}a{500}b")))',
    'texts.all(x, texts.all(y, !x.matches("(x+x+)+y")))',
    'texts.all(x, texts.all(y, x.find("(a?){300}a{300}b") == ""))',
    'many.all(x, text.findAll("").size() > 0)',
    'many.all(x, text.matches("(a{" + string(x % 900) + "}){1}b") || true)',
    'many.all(x, !"a".matches("((a{1,30}){1,30})" + string(x)))',
    'many.all(x, !"a".matches("(((a{0,900})))(b{0,900})(c{0,900})" + string(x)))',
    'many.all(x, isURL("http://" + text) && !isIP(text) && !isQuantity(text) && !isSemver(text))',
  ])('%s is cut off soon', (expression) => {
    const program = compileCel(expression, environment)
    const started = performance.now()
    expect(() => program.evaluate(bindings, new CelBudget(1_000_000))).toThrow(CelBudgetExceeded)
    // A tenth of what one expression may cost in Kubernetes.
    expect(performance.now() - started).toBeLessThan(20_000)
  })

  it('ends within a small budget at once', () => {
    const program = compileCel('many.all(x, x >= 0)', environment)
    const budget = new CelBudget(100)
    expect(() => program.evaluate(bindings, budget)).toThrow('operation cancelled: actual cost limit exceeded')
    expect(budget.spent).toBeLessThan(120)
  })

  it('ends when it takes too long, whatever it costs', () => {
    const program = compileCel('many.all(x, x >= 0 && many.all(y, y >= 0))', environment)
    let now = 0
    const budget = new CelBudget(10_000_000, new CelTime(() => (now += 400)))
    expect(() => program.evaluate(bindings, budget)).toThrow(CelBudgetExceeded)
    expect(budget.spent).toBeLessThan(400_000)
  })
})
