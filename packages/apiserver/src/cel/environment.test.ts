import { describe, expect, it } from 'vitest'
import { CelBudget } from './budget.ts'
import { compileCel } from './compile.ts'
import { celEnvironment } from './environment.ts'
import { authorizerType, CelAuthorizer, type CelAccessQuestion } from './library/authorizer.ts'
import { show } from './testing/run.ts'
import { dynType, intType, objectType, stringType } from './types.ts'
import { CelFailure, CelLazyRecord, CelMap, celRecord, type CelOutcome, type CelValue } from './values.ts'

describe('the authorizer', () => {
  const environment = celEnvironment({ libraries: 'kubernetes', variables: { authorizer: authorizerType } })

  function ask(expression: string): { outcome: string; asked: CelAccessQuestion[] } {
    const asked: CelAccessQuestion[] = []
    const authorizer = new CelAuthorizer((question) => {
      asked.push(question)
      const allowed = question.verb === 'get'
      return allowed ? { allowed, reason: 'may get' } : { allowed, reason: '', error: 'no answer' }
    })
    const value = compileCel(expression, environment).evaluate({ authorizer }, new CelBudget(1_000_000))
    return { outcome: show(value), asked }
  }
  const nothing = {
    group: '',
    resource: '',
    subresource: '',
    namespace: '',
    name: '',
    fieldSelector: '',
    labelSelector: '',
  }

  it('asks about resources, paths and service accounts', () => {
    const resource = `authorizer.group('apps').resource('deployments').subresource('scale').namespace('n').name('d')`
    expect(ask(`${resource}.check('get').reason()`)).toEqual({
      outcome: '"may get"',
      asked: [
        {
          ...nothing,
          group: 'apps',
          resource: 'deployments',
          subresource: 'scale',
          namespace: 'n',
          name: 'd',
          verb: 'get',
        },
      ],
    })
    expect(ask(`authorizer.path('/healthz').check('post').errored()`)).toEqual({
      outcome: 'true',
      asked: [{ ...nothing, path: '/healthz', verb: 'post' }],
    })
    const account = `authorizer.serviceAccount('n', 'robot').group('').resource('pods').labelSelector('a=b')`
    expect(ask(`${account}.check('get').allowed()`).asked).toEqual([
      {
        ...nothing,
        resource: 'pods',
        labelSelector: 'a=b',
        verb: 'get',
        serviceAccount: { namespace: 'n', name: 'robot' },
      },
    ])
  })

  it('refuses questions about nothing, and too many of them', () => {
    expect(() => ask(`authorizer.path(' ').check('get').allowed()`)).toThrow('path must not be empty')
    expect(() => ask(`authorizer.group('').resource('').check('get').allowed()`)).toThrow('resource must not be empty')
    expect(() => ask(`authorizer.serviceAccount('N', 'x').path('/').check('get').allowed()`)).toThrow(
      'Invalid service account namespace',
    )
    expect(() => ask(`[1, 2, 3].all(x, authorizer.path('/').check('get').allowed())`)).toThrow('cost limit exceeded')
  })
})

describe('what an environment adds', () => {
  it('builds objects of its types and checks their fields', () => {
    const spec = objectType('Object.spec', { size: intType })
    const whole = objectType('Object', { spec, name: stringType })
    const objects = new Map([spec, whole].map((type) => [type.name, type]))
    const environment = celEnvironment({ libraries: 'mutation', variables: {}, objects: (name) => objects.get(name) })
    const value = compileCel(
      `Object{name: jsonpatch.escapeKey('a/b'), spec: Object.spec{size: 1}}`,
      environment,
    ).evaluate({}, new CelBudget(1000))
    expect(show(value)).toBe('{"name": "a~1b", "spec": {"size": 1}}')
    expect(value instanceof CelMap && value.objectType === whole).toBe(true)
    expect(() => compileCel(`Object{size: 1}`, environment)).toThrow("ERROR: <input>:1:12: undefined field 'size'")
    expect(() => compileCel(`Object.spec{size: 'x'}`, environment)).toThrow(
      "expected type of field 'size' is 'int' but provided type is 'string'",
    )
  })

  it('finds lazy values once, and only when they are used', () => {
    const environment = celEnvironment({ libraries: 'kubernetes', variables: { variables: dynType } })
    const made: string[] = []
    const maker = (name: string, outcome: CelOutcome): [string, () => CelOutcome] => [
      name,
      () => {
        made.push(name)
        return outcome
      },
    ]
    const variables = new CelLazyRecord(
      new Map([maker('a', 1n), maker('bad', new CelFailure('composited variable fails')), maker('unused', 2n)]),
    )
    const run = (expression: string): CelValue =>
      compileCel(expression, environment).evaluate({ variables }, new CelBudget(1000))
    expect(run('variables.a + variables.a == 2')).toBe(true)
    expect(run('variables.bad == 1 || variables.a == 1')).toBe(true)
    expect(() => run('variables.bad')).toThrow('composited variable fails')
    expect(made).toEqual(['a', 'bad'])
  })

  it('takes dotted names and says which variable is missing', () => {
    const environment = celEnvironment({ libraries: 'kubernetes', variables: { 'a.b': intType, c: dynType } })
    const program = compileCel('a.b + 1 > 0 && c.d == 2', environment)
    expect([...program.references]).toEqual(['a.b', 'c'])
    expect(program.evaluate({ 'a.b': 1n, c: celRecord({ d: 2n }) }, new CelBudget(100))).toBe(true)
    expect(() => program.evaluate({ 'a.b': 1n }, new CelBudget(100))).toThrow('no such attribute(s): c')
  })
})
