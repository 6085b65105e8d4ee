import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CelCompileError } from '../errors.ts'
import { CelUint, type CelValue } from '../values.ts'
import type { CelNode } from './ast.ts'
import { parseCel } from './parser.ts'

/** Scalars as they are written. */
const show = (value: CelValue): string =>
  typeof value === 'object' && value !== null ? value.constructor.name : String(value)

/** The tree as text with every operator in parentheses. */
function shape(node: CelNode): string {
  switch (node.kind) {
    case 'literal':
      return node.value instanceof CelUint ? `${node.value.value}u` : show(node.value)
    case 'ident':
      return node.name
    case 'select':
      return node.test ? `has(${shape(node.operand)}.${node.field})` : `${shape(node.operand)}.${node.field}`
    case 'call': {
      const args = node.args.map(shape).join(', ')
      return node.target === undefined ? `${node.name}(${args})` : `${shape(node.target)}.${node.name}(${args})`
    }
    case 'list':
      return `[${node.elements.map(({ value, optional }) => (optional ? '?' : '') + shape(value)).join(', ')}]`
    case 'map':
      return `{${node.entries.map(({ key, value, optional }) => `${optional ? '?' : ''}${shape(key)}: ${shape(value)}`).join(', ')}}`
    case 'struct':
      return `${node.type}{${node.fields.map(({ name, value }) => `${name}: ${shape(value)}`).join(', ')}}`
    case 'loop': {
      const parts = [node.variable, node.variable2, node.condition, node.result].flatMap((part) =>
        part === undefined ? [] : [typeof part === 'string' ? part : shape(part)],
      )
      return `${shape(node.range)}.${node.macro}(${parts.join(', ')})`
    }
    case 'bind':
      return `bind(${node.name}, ${shape(node.value)}, ${shape(node.body)})`
  }
}

const parsed = (text: string): string => shape(parseCel(text).root)

/** A chain of one logical operator as one call of many: in which order its links lie in one another is nobody's business. */
function withChains(node: CelNode): CelNode {
  if (node.kind !== 'call') return node
  const args = node.args.map(withChains)
  const { name } = node
  if (name !== '_&&_' && name !== '_||_') return { ...node, args }
  return { ...node, args: args.flatMap((arg) => (arg.kind === 'call' && arg.name === name ? arg.args : [arg])) }
}

/** An expression written twice: with the parentheses it needs, and with all that are possible. */
interface Written {
  /** How strongly it binds; operands that bind less need parentheses. */
  strength: number
  bare: string
  full: string
}

const operators: readonly (readonly [text: string, strength: number])[] = [
  ['||', 1],
  ['&&', 2],
  ['<', 3],
  ['==', 3],
  ['in', 3],
  ['+', 4],
  ['-', 4],
  ['*', 5],
  ['%', 5],
]

const wrap = (inner: Written, least: number): string => (inner.strength < least ? `(${inner.bare})` : inner.bare)

const written = fc.letrec<{ expression: Written }>((tie) => {
  const inner = tie('expression')
  const leaf = fc
    .constantFrom('a', 'b.c', '1', '2u', '1.5', "'x'", 'true', 'null', '[1, a]', '{a: 1}', 'f(a)', 'a.g(1)', 'a[0]')
    .map((text) => ({ strength: 9, bare: text, full: `(${text})` }))
  const binary = fc
    .tuple(fc.constantFrom(...operators), inner, inner, fc.constantFrom(' ', '  ', '\n'))
    .map(([[text, strength], left, right, space]) => ({
      strength,
      bare: [wrap(left, strength), text, wrap(right, strength + 1)].join(space),
      full: `(${left.full} ${text} ${right.full})`,
    }))
  const ternary = fc.tuple(inner, inner, inner).map(([condition, yes, no]) => ({
    strength: 0,
    bare: `${wrap(condition, 1)} ? ${wrap(yes, 1)} : ${no.bare}`,
    full: `(${condition.full} ? ${yes.full} : ${no.full})`,
  }))
  const not = inner.map((of) => ({ strength: 6, bare: `!${wrap(of, 9)}`, full: `(!${of.full})` }))
  return { expression: fc.oneof({ maxDepth: 5, withCrossShrink: true }, leaf, binary, ternary, not) }
}).expression

describe('the parser', () => {
  it.each<[string, string]>([
    ['1 + 2 * 3 - 4', '_-_(_+_(1, _*_(2, 3)), 4)'],
    ['a ? b : c ? d : e', '_?_:_(a, b, _?_:_(c, d, e))'],
    ['!a.b(-1)', '!_(a.b(-1))'],
    ['--1', '1'],
    ['- x', '-_(x)'],
    ['a.?b[?0].c', '_[?_](_?._(a, b), 0).c'],
    ['has(a.b.c)', 'has(a.b.c)'],
    ['l.map(x, x > 0, x * 2)', 'l.map(x, _>_(x, 0), _*_(x, 2))'],
    ['l.all(i, v, v > i)', 'l.all(i, v, _>_(v, i))'],
    ['m.transformMap(k, v, k)', 'm.transformMap(k, v, k)'],
    ['a.optMap(v, v + 1)', '_?_:_(a.hasValue(), optional.of(bind(v, a.value(), _+_(v, 1))), optional.none())'],
    ['A.b{c: 1, ?d: e}', 'A.b{c: 1, d: e}'],
    ['[?a, b,]', '[?a, b]'],
    ["{'a': 1, ?b: c}", '{a: 1, ?b: c}'],
    ['// nothing\n1', '1'],
    ['.a', 'a'],
    ['0x10 + 0xFFu', '_+_(16, 255u)'],
    [String.raw`'\u00e9\x41\101\n' + r'\n'`, '_+_(éAA\n, \\n)'],
    ['"""a"b"""', 'a"b'],
  ])('reads %s', (text, expected) => {
    expect(parsed(text)).toBe(expected)
  })

  it('binds operators as if all parentheses were written', () => {
    fc.assert(
      fc.property(written, ({ bare, full }) => {
        const [one, other] = [bare, full].map((text) => shape(withChains(parseCel(text).root)))
        expect(one).toBe(other)
      }),
      {
        numRuns: 1000,
        examples: [
          [{ strength: 1, bare: 'a || !(a && a && a && a)', full: '((a) || (!((((a) && (a)) && (a)) && (a))))' }],
        ],
      },
    )
  })

  it('reads or refuses any text', () => {
    const piece = fc.constantFrom(
      ...'a b self in has all map ( ) [ ] { } . , ? : + - * ! & && || == = < 1 1u 0x 1e "a" \' " r b \\ \n // ` @ é 😀'.split(
        ' ',
      ),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 25 }), (pieces) => {
        try {
          expect(typeof parsed(pieces.join(''))).toBe('string')
        } catch (error) {
          expect(error).toBeInstanceOf(CelCompileError)
        }
      }),
      { numRuns: 3000 },
    )
  })
})
