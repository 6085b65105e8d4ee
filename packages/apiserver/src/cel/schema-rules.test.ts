import type { Json, Schema, ValidationRule } from '@berth/meta'
import { describe, expect, it } from 'vitest'
import { CelBudget } from './budget.ts'
import { checkSchemaRules, evaluateSchemaRules } from './schema-rules.ts'

const text: Schema = { type: 'string' }
const integer: Schema = { type: 'integer' }
const list = (items: Schema, more: Schema = {}): Schema => ({ type: 'array', items, ...more })
const object = (properties: Record<string, Schema>, ...rules: (string | ValidationRule)[]): Schema => ({
  type: 'object',
  properties,
  ...ruled(...rules),
})
function ruled(...rules: (string | ValidationRule)[]): Schema {
  return rules.length === 0 ? {} : { validations: rules.map((rule) => (typeof rule === 'string' ? { rule } : rule)) }
}

const lines = (causes: readonly { field?: string; message?: string }[]): string[] =>
  causes.map(({ field, message }) => `${field}: ${message}`)
const check = (schema: Schema, previous?: Schema): string[] => lines(checkSchemaRules(schema, 'schema', previous))
const broken = (schema: Schema, value: Json, old?: Json): string[] =>
  lines(evaluateSchemaRules({ schema, schemas: {}, object: value, oldObject: old }))

describe('rules when a schema is made', () => {
  it('says what does not compile, and shows the rule', () => {
    const schema = object({ a: integer }, 'self.x == 1', 'self.a', { rule: 'true', messageExpression: 'self.a' })
    expect(check(schema)).toEqual([
      `schema.x-kubernetes-validations[0].rule: Invalid value: apiextensions.ValidationRule{Rule:"self.x == 1", Message:"", MessageExpression:"", Reason:(*apiextensions.FieldValueErrorReason)(nil), FieldPath:"", OptionalOldSelf:(*bool)(nil)}: compilation failed: ERROR: <input>:1:5: undefined field 'x'\n | self.x == 1\n | ....^`,
      `schema.x-kubernetes-validations[1].rule: Invalid value: apiextensions.ValidationRule{Rule:"self.a", Message:"", MessageExpression:"", Reason:(*apiextensions.FieldValueErrorReason)(nil), FieldPath:"", OptionalOldSelf:(*bool)(nil)}: cel expression must evaluate to a bool`,
      `schema.x-kubernetes-validations[2].messageExpression: Invalid value: apiextensions.ValidationRule{Rule:"true", Message:"", MessageExpression:"self.a", Reason:(*apiextensions.FieldValueErrorReason)(nil), FieldPath:"", OptionalOldSelf:(*bool)(nil)}: messageExpression must evaluate to a string`,
    ])
  })

  const advice =
    '(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)'

  it('refuses rules that may cost too much, alone or together', () => {
    expect(check(object({ l: list({ ...text, ...ruled('self.matches("^[a-z]{1,20}$")') }) }))).toEqual([
      `schema.properties[l].items.x-kubernetes-validations[0].rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x ${advice}`,
      'schema.properties[l].items.x-kubernetes-validations[0].rule: Forbidden: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema',
      `schema: Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of more than 100x ${advice}`,
    ])
    const pairs = {
      ...list({ ...text, maxLength: 10 }, { maxItems: 2900 }),
      ...ruled('self.all(x, self.exists(y, y == x))'),
    }
    const many = object(Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`l${index}`, pairs])))
    const causes = check(many)
    expect(causes).toHaveLength(17)
    expect(causes.at(-1)).toContain('exceeds budget by factor of 10.1x')
    expect(check(many, structuredClone(many))).toHaveLength(5)
  })

  it('takes rules over what the schema bounds', () => {
    const name: Schema = { ...text, maxLength: 100, ...ruled('self.matches("^[a-z]{1,20}$")') }
    expect(check(object({ l: list(name, { maxItems: 100 }) }, 'self.l.all(x, self.l.exists(y, x != y))'))).toEqual([])
  })

  it('lets oldSelf look only at what can be told to be the same', () => {
    const grows = { ...integer, ...ruled('self >= oldSelf') }
    expect(check(object({ l: list(grows, { maxItems: 5 }) }))).toEqual([
      'schema.properties[l].items.x-kubernetes-validations[0].rule: Invalid value: "self >= oldSelf": oldSelf cannot be used on the uncorrelatable portion of the schema within schema.properties[l]',
    ])
    expect(check(object({ a: grows, m: { type: 'object', additionalProperties: grows, maxProperties: 5 } }))).toEqual(
      [],
    )
    expect(check(object({ a: { ...integer, ...ruled({ rule: 'self > 1', optionalOldSelf: true }) } }))).toEqual([
      'schema.properties[a].x-kubernetes-validations[0].optionalOldSelf: Invalid value: true: may not be set if oldSelf is not used in rule',
    ])
  })

  it('names types as seen from the rule', () => {
    const [cause] = check(object({ spec: object({ q: object({ z: integer }) }, 'self.q == 3') }))
    expect(cause).toContain("found no matching overload for '_==_' applied to '(selfType.q, int)'")
  })
})

describe('rules over objects', () => {
  const schema = object(
    { a: integer, b: integer, s: text },
    'self.a <= self.b',
    { rule: 'self.a != 5', message: ' no five ' },
    { rule: 'size(self.s) < 10', messageExpression: '"too long: " + self.s' },
    { rule: 'self.a != 6', reason: 'FieldValueForbidden', fieldPath: '.a', message: 'six' },
    { rule: 'self.a != 7', reason: 'FieldValueRequired' },
    { rule: 'self.a != 8', reason: 'FieldValueDuplicate' },
  )

  it.each<[Json, string[]]>([
    [{ a: 1, b: 2, s: 'x' }, []],
    [{ a: 3, b: 2, s: 'x' }, ['spec: Invalid value: "object": failed rule: self.a <= self.b']],
    [
      { a: 5, b: 9, s: 'a'.repeat(12) },
      ['spec: Invalid value: "object": no five', 'spec: Invalid value: "object": too long: aaaaaaaaaaaa'],
    ],
    [{ a: 6, b: 9, s: 'x' }, ['spec.a: Forbidden: six']],
    [{ a: 7, b: 9, s: 'x' }, ['spec: Required value: failed rule: self.a != 7']],
    [{ a: 8, b: 9, s: 'x' }, ['spec: Duplicate value: "object"']],
    [{ a: 1, s: 'x' }, ['spec: Invalid value: "object": no such key: b evaluating rule: self.a <= self.b']],
  ])('%j', (spec, expected) => {
    expect(broken(object({ spec: schema }), { spec })).toEqual(expected)
  })

  it('types what it finds as the schema says', () => {
    const kinds = object(
      {
        'my-name': text,
        'a.b': integer,
        namespace: text,
        ios: { intOrString: true },
        t: { type: 'string', format: 'date-time' },
        d: { type: 'string', format: 'duration' },
        by: { type: 'string', format: 'byte' },
        n: { type: 'number' },
        nul: { type: 'string', nullable: true },
        m: { type: 'object', additionalProperties: integer },
      },
      'self.my__dash__name == "x" && self.a__dot__b > 1 && self.__namespace__ != ""',
      'type(self.ios) == int ? self.ios > 5 : self.ios.endsWith("%")',
      'self.t > timestamp("2020-01-01T00:00:00Z") && self.d < duration("1h") && self.by == b"hi"',
      'self.n < 5 && self.m.all(k, self.m[k] > 0)',
    )
    const good = {
      'my-name': 'x',
      'a.b': 2,
      namespace: 'n',
      ios: '5%',
      t: '2021-01-01T00:00:00Z',
      d: '5m',
      by: 'aGk=',
      n: 4,
      nul: null,
      m: { x: 1 },
    }
    expect(broken(kinds, good)).toEqual([])
    expect(broken(kinds, { ...good, 'a.b': 1, ios: 3, d: '2h', m: { x: 0 } })).toHaveLength(4)
  })

  it('shows only names and kind of whole objects, whatever their schema says', () => {
    const embedded: Schema = {
      type: 'object',
      embeddedResource: true,
      preserveUnknownFields: true,
      ...ruled('self.kind == "Pod"', 'self.metadata.name.startsWith("p")'),
    }
    expect(check(object({ e: embedded }, 'self.metadata.name != "" && self.metadata.generateName != ""'))).toEqual([])
    expect(check(object({}, 'self.metadata.labels.size() > 0'))[0]).toContain("undefined field 'labels'")
    expect(broken(object({ e: embedded }), { e: { kind: 'Node', metadata: { name: 'q' } } })).toHaveLength(2)
  })

  it('compares sets and maps without their order', () => {
    const ends = { maxItems: 5 }
    const set = list(text, { listType: 'set', ...ends })
    const named = list(object({ k: text, v: integer }), { listType: 'map', listMapKeys: ['k'], ...ends })
    const both = object(
      { a: set, b: set, c: named, e: list(text, ends), f: list(text, ends) },
      'self.a == self.b',

      'self.e == self.f',
    )
    const one = { k: 'a', v: 1 }
    const two = { k: 'b', v: 2 }
    const value = { a: ['x', 'y'], b: ['y', 'x'], c: [one, two], e: ['x', 'y'], f: ['y', 'x'] }
    expect(broken(both, value, { ...value, c: [two, one] })).toEqual([
      ': Invalid value: "object": failed rule: self.e == self.f',
    ])
  })

  it('runs rules about a change when there is one', () => {
    const item = object({ k: text, v: { ...integer, ...ruled('self >= oldSelf') } })
    const schema = object({
      a: { ...integer, ...ruled('self >= oldSelf') },
      s: { ...text, ...ruled({ rule: 'oldSelf.orValue("x") != self', optionalOldSelf: true }) },
      l: list(item, { listType: 'map', listMapKeys: ['k'], maxItems: 5 }),
    })
    expect(broken(schema, { a: 1, s: 'y' })).toEqual([])
    expect(broken(schema, { s: 'x' })).toEqual([
      's: Invalid value: "string": failed rule: oldSelf.orValue("x") != self',
    ])
    expect(broken(schema, { a: 1 }, { a: 2 })).toEqual(['a: Invalid value: "integer": failed rule: self >= oldSelf'])
    const old = {
      l: [
        { k: 'a', v: 1 },
        { k: 'b', v: 5 },
      ],
    }
    expect(
      broken(
        schema,
        {
          l: [
            { k: 'b', v: 9 },
            { k: 'a', v: 0 },
          ],
        },
        old,
      ),
    ).toEqual(['l[1].v: Invalid value: "integer": failed rule: self >= oldSelf'])
  })

  it('lets what was wrong before be, until it changes, and says so', () => {
    const schema = object({ a: { ...text, ...ruled('self != "bad"') }, b: integer })
    expect(broken(schema, { a: 'bad', b: 2 }, { a: 'bad', b: 1 })).toEqual([])
    expect(broken(schema, { a: 'bad' }, { a: 'ok' })).toHaveLength(1)
    const warnings: string[] = []
    const warn = (warning: string): void => void warnings.push(warning)
    evaluateSchemaRules({ schema, schemas: {}, object: { a: 'bad' }, oldObject: { a: 'bad' }, warn })
    expect(warnings).toEqual(['a: Invalid value: "string": failed rule: self != "bad"'])
  })

  it('goes into maps and lists and says where', () => {
    const positive = { ...integer, ...ruled('self > 0') }
    const schema = object({ m: { type: 'object', additionalProperties: positive }, l: list(list(positive)) })
    expect(broken(schema, { m: { 'a/b': 0, c: 1 }, l: [[1], [2, -1]] })).toEqual([
      'm[a/b]: Invalid value: "integer": failed rule: self > 0',
      'l[1][1]: Invalid value: "integer": failed rule: self > 0',
    ])
  })

  it('tells operators that do not fit from other failures', () => {
    const schema = object({ ios: { intOrString: true }, l: list(integer) }, 'self.ios + 1 > 0', 'self.l[3] > 1')
    expect(broken(schema, { ios: 'a', l: [] })).toEqual([
      `: Invalid value: "object": 'no such overload': call arguments did not match a supported operator, function or macro signature for rule: self.ios + 1 > 0`,
      ': Invalid value: "object": index out of bounds: 3 evaluating rule: self.l[3] > 1',
    ])
  })

  it('stops when its budget is spent, with what it found until then', () => {
    const schema = object(
      { l: list(integer) },
      'self.l.size() < 0',
      'self.l.all(x, self.l.all(y, x + y >= 0 && x - y < 9999))',
      'false',
    )
    const value = { l: Array.from({ length: 2000 }, (_, index) => index) }
    const run = { schema, schemas: {}, object: value, oldObject: undefined }
    expect(lines(evaluateSchemaRules(run))).toEqual([
      ': Invalid value: "object": failed rule: self.l.size() < 0',
      `: Invalid value: "object": 'operation cancelled: actual cost limit exceeded': no further validation rules will be run due to call cost exceeds limit for rule: self.l.all(x, self.l.all(y, x + y >= 0 && x - y < 9999))`,
    ])
    expect(lines(evaluateSchemaRules({ ...run, budget: new CelBudget(1000) }))).toEqual([
      ': Invalid value: "object": failed rule: self.l.size() < 0',
      ': Invalid value: "object": validation failed due to running out of cost budget, no further validation rules will be run',
    ])
  })
})
