import type { JsonObject } from '@berth/meta'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Attributes, UserInfo } from '../auth/user.ts'
import { AuditError } from './errors.ts'
import { defaultAuditPolicy } from './default-policy.ts'
import { parseAuditPolicy, readAuditPolicy } from './policy.ts'
import { selectRule } from './select-rule.ts'

const head = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy' }
const ann: UserInfo = { name: 'ann', groups: ['dev', 'system:authenticated'] }

const path = (path: string): Attributes => ({ kind: 'path', user: ann, verb: 'get', path })
const on = (target: string, more: Partial<Extract<Attributes, { kind: 'resource' }>> = {}): Attributes => {
  const [group = '', resource = '', subresource] = target.split('/')
  const sub = subresource === undefined ? {} : { subresource }
  return { kind: 'resource', user: ann, verb: 'get', group, version: 'v1', resource, ...sub, namespace: 'a', ...more }
}

describe('a rule matches', () => {
  test.each<[JsonObject, Attributes, boolean]>([
    [{}, path('/x'), true],
    [{ users: ['ann'] }, path('/x'), true],
    [{ users: ['bob'] }, path('/x'), false],
    [{ userGroups: ['dev'] }, path('/x'), true],
    [{ userGroups: ['ops'] }, path('/x'), false],
    [{ verbs: ['get'] }, on('/pods'), true],
    [{ verbs: ['list'] }, on('/pods'), false],
    [{ nonResourceURLs: ['/x*'] }, path('/xyz'), true],
    [{ nonResourceURLs: ['*'] }, path('/xyz'), true],
    [{ nonResourceURLs: ['*'] }, on('/pods'), false],
    [{ nonResourceURLs: ['/x'] }, path('/xyz'), false],
    [{ resources: [{ group: '' }] }, on('/pods'), true],
    [{ resources: [{ group: '' }] }, on('apps/deployments'), false],
    [{ resources: [{ group: '' }] }, path('/x'), false],
    [{ resources: [{ resources: ['pods'] }] }, on('/pods'), true],
    [{ resources: [{ resources: ['pods'] }] }, on('/pods/log'), false],
    [{ resources: [{ resources: ['pods/log'] }] }, on('/pods/log'), true],
    [{ resources: [{ resources: ['pods/*'] }] }, on('/pods/log'), true],
    [{ resources: [{ resources: ['pods/*'] }] }, on('/pods'), false],
    [{ resources: [{ resources: ['*/log'] }] }, on('/pods/log'), true],
    [{ resources: [{ resources: ['*'] }] }, on('/pods/log'), true],
    [{ resources: [{ resources: ['pods'], resourceNames: ['p'] }] }, on('/pods', { name: 'p' }), true],
    [{ resources: [{ resources: ['pods'], resourceNames: ['p'] }] }, on('/pods'), false],
    [{ namespaces: ['a'] }, on('/pods'), true],
    [{ namespaces: ['b'] }, on('/pods'), false],
    [{ namespaces: [''] }, on('/nodes', { namespace: '' }), true],
    [{ namespaces: ['a'] }, path('/x'), false],
    [{ users: ['ann'] }, on('/pods', { user: { name: 'bob', groups: [], impersonator: ann } }), true],
    [{ users: ['bob'] }, on('/pods', { user: { name: 'bob', groups: [], impersonator: ann } }), false],
  ])('%j %j: %s', (rule, attributes, matches) => {
    const policy = readAuditPolicy({ ...head, rules: [{ level: 'Metadata', ...rule }] })
    expect(selectRule(policy, attributes).level).toBe(matches ? 'Metadata' : 'None')
  })

  test('first, and no later one counts; stages and managed fields of policy and rule come together', () => {
    const policy = readAuditPolicy({
      ...head,
      omitStages: ['RequestReceived'],
      omitManagedFields: true,
      rules: [
        { level: 'Request', verbs: ['get'], omitStages: ['ResponseStarted'], omitManagedFields: false },
        { level: 'None' },
      ],
    })
    expect(selectRule(policy, on('/pods'))).toEqual({
      level: 'Request',
      omitStages: new Set(['RequestReceived', 'ResponseStarted']),
      omitManagedFields: false,
    })
    expect(selectRule(policy, on('/pods', { verb: 'list' })).level).toBe('None')
  })
})

describe('a policy is refused', () => {
  test.each<[unknown, string]>([
    ['text', 'a Policy object was expected'],
    [{ kind: 'Policy', apiVersion: 'audit.k8s.io/v1beta1', rules: [{ level: 'None' }] }, 'apiVersion: must be'],
    [{ ...head }, 'rules: at least one'],
    [{ ...head, rules: [{}] }, 'rules[0].level: must be one of None, Metadata, Request, RequestResponse'],
    [{ ...head, rules: [{ level: 'Metadata', verb: ['get'] }] }, 'rules[0].verb: is not known'],
    [{ ...head, rules: [{ level: 'Metadata', users: 'ann' }] }, 'rules[0].users: must be a list of texts'],
    [{ ...head, rules: [{ level: 'Metadata', omitStages: ['Later'] }] }, 'rules[0].omitStages: must be a list of Req'],
    [{ ...head, rules: [{ level: 'Metadata', nonResourceURLs: ['x'] }] }, '"x" must start with a "/"'],
    [{ ...head, rules: [{ level: 'Metadata', nonResourceURLs: ['/a*b'] }] }, 'only at its end'],
    [{ ...head, rules: [{ level: 'None', nonResourceURLs: ['/a'], namespaces: ['x'] }] }, 'cannot apply to both'],
    [{ ...head, rules: [{ level: 'None', resources: [{ group: 'apps/v1' }] }] }, 'resources[0].group: is a group name'],
    [
      { ...head, rules: [{ level: 'None', resources: [{ resourceNames: ['a'] }] }] },
      'names need at least one resource',
    ],
  ])('%j', (value, why) => {
    expect(() => readAuditPolicy(value)).toThrow(
      expect.objectContaining({ code: 'InvalidPolicy', message: expect.stringContaining(why) }),
    )
  })

  test('as a file that is not YAML', async () => {
    await expect(parseAuditPolicy('a: [')).rejects.toMatchObject({ code: 'InvalidPolicy' })
    const text = 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n- level: Metadata\n'
    expect(await parseAuditPolicy(text)).toMatchObject({ rules: [{ level: 'Metadata' }] })
  })
})

describe('by default', () => {
  const write = { verb: 'update' }
  test.each<[string, Attributes, string]>([
    ['who reads a secret', on('/secrets', { name: 's' }), 'Metadata'],
    ['a new token, without it', on('/serviceaccounts/token', { verb: 'create' }), 'Metadata'],
    ['a token that is asked about', on('authentication.k8s.io/tokenreviews', { verb: 'create' }), 'Metadata'],
    ['a change of rights, whole', on('rbac.authorization.k8s.io/roles', write), 'Request'],
    ['a change of anything', on('kubevirt.io/virtualmachines', write), 'Metadata'],
    ['no reading', on('kubevirt.io/virtualmachines'), 'None'],
    ['no events', on('/events', { verb: 'create' }), 'None'],
    ['no heartbeats', on('coordination.k8s.io/leases', write), 'None'],
    ['no health', path('/readyz'), 'None'],
    ['no discovery', path('/apis/apps/v1'), 'None'],
  ])('%s', (_, attributes, level) => {
    expect(selectRule(defaultAuditPolicy, attributes).level).toBe(level)
  })
})

test('whatever a file holds, it is a policy or refused', () => {
  const rule = fc.dictionary(
    fc.constantFrom('level', 'users', 'resources', 'nonResourceURLs', 'omitStages', 'omitManagedFields', 'x'),
    fc.oneof(fc.constantFrom<unknown>('Metadata', true, null, 7), fc.array(fc.jsonValue(), { maxLength: 3 })),
  )
  fc.assert(
    fc.property(fc.array(rule, { maxLength: 3 }), (rules) => {
      try {
        selectRule(readAuditPolicy({ ...head, rules }), on('/pods'))
      } catch (error) {
        expect(error).toBeInstanceOf(AuditError)
      }
    }),
  )
})
