import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columns } from '../rows/column.ts'
import type { BareRow } from '../rows/machine-row.ts'
import { completeQuery } from './complete.ts'
import { describeProblem } from './describe-problem.ts'
import { exactValue, formatQuery } from './format.ts'
import { compileQuery, withoutField } from './match.ts'
import { maxQueryLength, parseQuery } from './parse.ts'
import type { Query, QueryTerm } from './query.ts'

const nowMs = Date.parse('2026-01-10T00:00:00Z')
const day = 86_400_000

const web: BareRow = {
  key: 'c1/VirtualMachine/shop/web-1',
  cluster: 'c1',
  kind: 'VirtualMachine',
  namespace: 'shop',
  name: 'web-1',
  uid: 'u1',
  status: 'Running',
  tone: 'running',
  node: 'n1',
  os: 'Debian GNU/Linux 12 (bookworm)',
  addresses: ['10.0.0.7', 'fd00::7'],
  cpus: 4,
  memory: 8 * 2 ** 30,
  storage: 20 * 2 ** 30,
  instancetype: 'u1.large',
  created: nowMs - 3 * day,
  labels: { app: 'web', 'example.com/tier': 'front end', constructor: 'x' },
  networks: ['pod', 'vlan/blue'],
  storageClasses: ['local'],
  has: ['tpm', 'agent'],
  restartRequired: true,
  deleting: false,
}
const bare: BareRow = {
  ...web,
  name: 'db-2',
  status: 'Stopped',
  tone: 'stopped',
  addresses: [],
  labels: {},
  networks: [],
  storageClasses: [],
  has: [],
  restartRequired: false,
}
delete bare.node
delete bare.os
delete bare.memory

function parsed(text: string): Query {
  const result = parseQuery(text)
  if (!result.ok) throw new Error(result.problems.map(describeProblem).join(' '))
  return result.query
}

describe('a query', () => {
  it.each<[string, boolean]>([
    ['', true],
    ['   ', true],
    ['web', true],
    ['eb-1', true],
    ['WEB', true],
    ['web-*', true],
    ['*-1', true],
    ['b-*', false],
    ['"web-*"', false],
    ['-web', false],
    ['db', false],
    ['10.0.0', true],
    ['0.0.7', false],
    ['10.*.7', true],
    ['fd00::7', true],
    ['fd00::', true],
    ['name:web-1', true],
    ['name:web', false],
    ['name:web-*', true],
    ['status:Running', true],
    ['status:running', true],
    ['Status:running', true],
    ['status:Run', false],
    ['status:Stopped,Running', true],
    ['-status:Stopped,Running', false],
    ['status=Running', true],
    ['os:debian', true],
    ['os:"gnu/linux 12"', true],
    ['os:ubuntu', false],
    ['node:n1', true],
    ['host:n1', true],
    ['node:""', false],
    ['-node:""', true],
    ['ip:10.0.', true],
    ['cpus:4', true],
    ['cpus>4', false],
    ['cpus>=4', true],
    ['cpu<4.5', true],
    ['memory>=8GiB', true],
    ['memory>8Gi', false],
    ['memory<=8GB', false],
    ['memory:8192MiB', true],
    ['memory<16gib', true],
    ['storage>10G', true],
    ['age>2d', true],
    ['age<2d', false],
    ['age:3d', true],
    ['age>=2d23h59m', true],
    ['age<1w', true],
    ['instancetype:u1.*', true],
    ['network:pod', true],
    ['network:vlan/blue', true],
    ['net:vlan/*', true],
    ['network:red', false],
    ['has:tpm', true],
    ['-has:gpu', true],
    ['has:gpu,tpm', true],
    ['restart:yes', true],
    ['restart:no', false],
    ['deleting:false', true],
    ['label:app', true],
    ['label:app=web', true],
    ['label:app=w*', true],
    ['label:app=db', false],
    ['label:app=db,app=web', true],
    ['label:example.com/tier="front end"', true],
    ['label:"example.com/tier=front end"', true],
    ['label:toString', false],
    ['-label:nothing', true],
    ['status:Running os:debian memory>=8GiB -has:gpu node:n1 web-', true],
    ['status:Running os:debian memory>=9GiB', false],
  ])('%s', (text, matches) => {
    expect(compileQuery(parsed(text)).matches(web, nowMs)).toBe(matches)
  })

  it.each<[string, boolean]>([
    ['node:""', true],
    ['-node:n1', true],
    ['os:debian', false],
    ['memory<1TiB', false],
    ['network:""', true],
    ['network:*', false],
    ['node:*', false],
    ['label:constructor', false],
  ])('%s, of a row that has little', (text, matches) => {
    expect(compileQuery(parsed(text)).matches(bare, nowMs)).toBe(matches)
  })

  it.each<[string, string]>([
    ['statos:Running', 'There is no field "statos". Did you mean "status"?'],
    [
      'mem:8GiB zzzzzzzz:1',
      `There is no field "zzzzzzzz". There are ${[...columns.map(({ id }) => id), 'label'].join(', ')}.`,
    ],
    ['memory>8', '"8" is no value for "memory": it takes a size with its unit, as 8GiB or 500MB.'],
    ['cpus:many', '"many" is no value for "cpus": it takes a number, as 4.'],
    ['age<soon', '"soon" is no value for "age": it takes a time, as 90s, 15m, 2h, 7d or 2w.'],
    ['restart:perhaps', '"perhaps" is no value for "restart": it takes yes or no.'],
    ['label:=web', '"=web" is no value for "label": it takes a label, as app or app=web.'],
    ['status>Running', '"status" has no order: write "status:value".'],
    ['status:', 'A value is missing after "status".'],
    ['status:a,,b', 'A value is missing after "status".'],
    ['memory:""', 'A value is missing after "memory".'],
    ['"web', 'A quotation mark is not closed.'],
    ['web -', 'Nothing stands after "-": write "-word" or "-field:value".'],
    ['x'.repeat(maxQueryLength + 1), `The query is longer than ${maxQueryLength} signs.`],
    ['a '.repeat(201), 'The query has more than 200 values.'],
  ])('%s is no query', (text, message) => {
    const result = parseQuery(text)
    expect(result.ok ? [] : result.problems.map(describeProblem)).toEqual([message])
  })

  it('tells where each problem is', () => {
    const result = parseQuery('web statos:x -memory>8')
    expect(result.ok ? [] : result.problems.map(({ from, to, code }) => [from, to, code])).toEqual([
      [4, 10, 'unknown-field'],
      [21, 22, 'bad-value'],
    ])
  })

  it('is the same query after it was written down', () => {
    const value = fc.oneof(
      fc.string({ minLength: 1, maxLength: 12 }).map(exactValue),
      fc.string({ maxLength: 8 }).map((text) => ({ text, quoted: true })),
      fc.constantFrom('web-*', 'a', 'x=y', 'fd00::1', '-').map((text) => ({ text, quoted: false })),
    )
    const word = fc
      .record({ kind: fc.constant('word' as const), negated: fc.boolean(), value })
      // These are read as what they look like: a term turned round, or a field.
      .filter(({ value: { text, quoted } }) => quoted || text !== '-')
    const field = fc.record({
      kind: fc.constant('field' as const),
      negated: fc.boolean(),
      field: fc.constantFrom('name', 'status', 'os', 'node', 'network'),
      comparison: fc.constant(':' as const),
      values: fc.array(value, { minLength: 1, maxLength: 3 }),
    })
    const normal = (text: string): unknown => parseQuery(text)
    fc.assert(
      fc.property(fc.array(fc.oneof(word, field), { maxLength: 5 }), (terms: QueryTerm[]) => {
        const text = formatQuery({ terms })
        const result = parseQuery(text)
        if (!result.ok) throw new Error(`${text}: ${result.problems.map(describeProblem).join(' ')}`)
        expect(result.query.terms.map(meaning)).toEqual(terms.map(meaning))
        expect(normal(formatQuery(result.query))).toEqual(result)
      }),
      { numRuns: 500 },
    )
  })

  it('never throws, and what it reads it can write', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...'-":,<>=*ab \\s'.split('')) })),
        (text) => {
          const result = parseQuery(text)
          if (!result.ok) {
            expect(result.problems.every(({ from, to }) => from <= to && to <= text.length)).toBe(true)
            return
          }
          compileQuery(result.query).matches(web, nowMs)
          const again = parseQuery(formatQuery(result.query))
          expect(again.ok && again.query.terms.map(meaning)).toEqual(result.query.terms.map(meaning))
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('takes a time that grows with its length only', () => {
    const matcher = compileQuery(parsed(`name:${'*a'.repeat(900)}*b`))
    expect(matcher.matches({ ...web, name: 'a'.repeat(253) }, nowMs)).toBe(false)
  })

  it('leaves out the terms of a facet', () => {
    const query = parsed('web status:Running -status:Paused label:app=web label:tier=x')
    expect(formatQuery(withoutField(query, 'status'))).toBe('web label:app=web label:tier=x')
    expect(formatQuery(withoutField(query, 'label:app'))).toBe('web status:Running -status:Paused label:tier=x')
  })
})

/** Values that mean the same: quotes that keep nothing are no difference. */
function meaning(term: QueryTerm): unknown {
  const values = term.kind === 'word' ? [term.value] : term.values
  return { ...term, value: undefined, values: values.map(({ text, quoted }) => [text, text.includes('*') && !quoted]) }
}

describe('completion', () => {
  const known = [
    {
      column: 'status',
      values: [
        { value: 'Running', count: 7 },
        { value: 'Stopped', count: 2 },
      ],
    },
    { column: 'label:app', values: [{ value: 'web', count: 3 }] },
    { column: 'os', values: [{ value: 'Debian GNU/Linux 12', count: 3 }] },
  ]
  it.each<[string, string[]]>([
    ['sta', ['status:']],
    ['-sta', ['status:']],
    ['web mem', ['memory:', 'memoryused:']],
    ['ho', ['node:']],
    ['Runn', ['status:Running']],
    ['status:', ['Running', 'Stopped', 'Paused', 'Migrating', 'Starting', 'Provisioning']],
    ['status:stop', ['Stopped', 'Stopping']],
    ['status:Running,st', ['Stopped', 'Starting', 'Stopping']],
    ['os:deb', ['"Debian GNU/Linux 12"']],
    ['label:', ['app=web']],
    ['restart:', ['yes', 'no']],
    ['zzz:', []],
  ])('%s', (text, suggestions) => {
    const found = completeQuery(text, text.length, known).suggestions.map((each) => each.text)
    expect(found.slice(0, suggestions.length)).toEqual(suggestions)
    expect(found.length === 0).toBe(suggestions.length === 0)
  })

  it('replaces what was typed of a value, and offers all fields after a blank', () => {
    expect(completeQuery('web status:Ru', 13, known)).toMatchObject({ from: 11, to: 13 })
    const { from, suggestions } = completeQuery('web ', 4, known)
    expect(from).toBe(4)
    expect(suggestions.length).toBe(columns.length + 1)
  })
})
