import { describe, expect, it } from 'vitest'
import { costs } from './testing/run.ts'

/** More than any limit: nothing is known of the sizes of the variables. */
const unbounded = 1e15

describe('the cost of expressions', () => {
  it.each<[string, number, number, number]>([
    ['1 + 1', 1, 1, 1],
    ['i == 7 ? i + 1 : i', 4, 3, 4],
    ['s == "hello world"', 3, 2, 3],
    ['s + s == s', 8, 4, unbounded],
    ['i in [1, 2, 3]', 1, 14, 14],
    ['i in l', 5, 2, unbounded],
    ['has(self.name)', 1, 1, 1],
    ['self.nested.a + 1', 4, 2, 2],
    ['l.all(x, x > 0)', 17, 2, unbounded],
    ['l.exists(x, x == 1)', 17, 2, unbounded],
    ['l.exists_one(x, x == 1)', 11, 3, unbounded],
    ['l.map(x, x * 2)', 44, 12, unbounded],
    ['l.map(x, x > 1, x)', 34, 12, unbounded],
    ['l.filter(x, x > 1)', 34, 12, unbounded],
    ['l.transformList(i, v, v + i)', 47, 12, unbounded],
    ['l.transformMap(i, v, v + i)', 20, 32, unbounded],
    ['m.transformMapEntry(k, v, {v: k})', 70, 32, unbounded],
    ['[i, 2].map(x, x)', 38, 48, 48],
    ['{"a": i}', 31, 31, 31],
    ['s.matches("a+b")', 3, 2, unbounded],
    ['s.contains("wor")', 3, 1, unbounded],
    ['s.startsWith("hello")', 3, 2, 2],
    ['s.replace("o", "0")', 4, 1, unbounded],
    ['s.split(" ")', 4, 1, unbounded],
    ['ls.join("-")', 2, 1, unbounded],
    ['l.sum()', 4, 1, unbounded],
    ['ls.isSorted()', 1, 1, unbounded],
    ['sets.contains(l, [1, 2])', 8, 12, unbounded],
    ['sets.equivalent(l, [1, 2])', 14, 12, unbounded],
    ['quantity("1Gi").isGreaterThan(quantity("1M"))', 3, 3, 3],
    ['ip("127.0.0.1").family()', 2, 2, 2],
    ['cidr("10.0.0.0/8").containsIP("10.0.0.1")', 3, 3, 6],
    ['cidr("10.0.0.0/8").containsCIDR("10.1.0.0/16")', 6, 6, 10],
    ['format.dns1123Label().validate("abc")', 9, 33, 33],
    ['url("https://example.com/").getHost()', 3, 3, 3],
    ['optional.of(1).optMap(v, v + 1)', 7, 3, 17],
    ['semver("1.2.3").major()', 2, 2, 2],
    ['s.find("o+")', 3, 2, unbounded],
    ['true || i > 3', 0, 0, 2],
    ['dyn(i) == 7', 3, 3, 3],
    ['s.lowerAscii()', 3, 1, unbounded],
    ['[[1, 2], [3]].all(x, x.size() > 0)', 13, 37, 43],
    ['size(s)', 2, 2, 2],
    ['bytes(s).size()', 4, 2, unbounded],
  ])('%s costs %d, at least %d and at most %d', (expression, spent, min, max) => {
    const actual = costs(expression)
    expect({ ...actual, max: Math.min(actual.max, unbounded) }).toEqual({ spent, min, max })
  })
})
