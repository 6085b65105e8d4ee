import { describe, expect, test } from 'vitest'
import { grant, groupSubject, openAuthorizer, put, remove, rule, user, userSubject } from './testing/fixture.ts'
import type { Attributes, UserInfo } from './user.ts'

const ann = user('ann', 'dev', 'system:authenticated')

type Ask = { verb: string; resource: string; group?: string; namespace?: string; name?: string; who?: UserInfo }

function ask({ verb, resource, group = '', namespace, name, who = ann }: Ask): Attributes {
  const [main = '', ...sub] = resource.split('/')
  return {
    kind: 'resource',
    user: who,
    verb,
    group,
    version: 'v1',
    resource: main,
    ...(sub.length === 0 ? {} : { subresource: sub.join('/') }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
  }
}

const askPath = (path: string, verb = 'get'): Attributes => ({ kind: 'path', user: ann, verb, path })

describe('rules', () => {
  test.each([
    [rule('get', 'pods'), { verb: 'get', resource: 'pods' }, true],
    [rule('get', 'pods'), { verb: 'list', resource: 'pods' }, false],
    [rule('get', 'pods'), { verb: 'get', resource: 'secrets' }, false],
    [rule('get', 'pods'), { verb: 'get', resource: 'pods', group: 'apps' }, false],
    [rule('get', 'pods', { apiGroups: ['*'] }), { verb: 'get', resource: 'pods', group: 'apps' }, true],
    [rule('*', 'pods'), { verb: 'anything', resource: 'pods' }, true],
    [rule('get', 'pods'), { verb: 'get', resource: 'pods/log' }, false],
    [rule('get', 'pods/log'), { verb: 'get', resource: 'pods/log' }, true],
    [rule('get', 'pods/log'), { verb: 'get', resource: 'pods' }, false],
    [rule('get', '*'), { verb: 'get', resource: 'pods/log' }, true],
    [rule('get', '*/status'), { verb: 'get', resource: 'pods/status' }, true],
    [rule('get', '*/status'), { verb: 'get', resource: 'pods' }, false],
    [rule('get', 'vmis/vnc'), { verb: 'get', resource: 'vmis/vnc/screenshot' }, true],
    [rule('get', 'vmis/vnc/screenshot'), { verb: 'get', resource: 'vmis/vnc/screenshot' }, true],
    [rule('get', 'vmis/vnc/screenshot'), { verb: 'get', resource: 'vmis/vnc' }, false],
    [rule('get', 'pods', { resourceNames: ['a'] }), { verb: 'get', resource: 'pods', name: 'a' }, true],
    [rule('get', 'pods', { resourceNames: ['a'] }), { verb: 'get', resource: 'pods', name: 'b' }, false],
    [rule('list', 'pods', { resourceNames: ['a'] }), { verb: 'list', resource: 'pods' }, false],
    [{ verbs: 'get', resources: { a: 1 } }, { verb: 'get', resource: 'pods' }, false],
  ])('%o on %o: %s', async (given, action, allowed) => {
    const { store, authorizer } = openAuthorizer()
    await grant(store, { role: 'r', rules: [given], to: [userSubject('ann')] })
    expect(authorizer.authorize(ask(action)).allowed).toBe(allowed)
  })

  test.each([
    [['/metrics'], '/metrics', true],
    [['/metrics'], '/metrics/x', false],
    [['/apis/*'], '/apis/apps/v1', true],
    [['/apis/*'], '/apis', false],
    [['*'], '/anything', true],
    [['/a*/b'], '/ax/b', false],
  ])('paths %o cover %s: %s', async (nonResourceURLs, path, allowed) => {
    const { store, authorizer } = openAuthorizer()
    await grant(store, { role: 'r', rules: [{ verbs: ['get'], nonResourceURLs }], to: [groupSubject('dev')] })
    expect(authorizer.authorize(askPath(path)).allowed).toBe(allowed)
    expect(authorizer.authorize(askPath(path, 'post')).allowed).toBe(false)
  })
})

describe('bindings', () => {
  test('reach as far as their namespace', async () => {
    const { store, authorizer } = openAuthorizer()
    await grant(store, { role: 'reader', rules: [rule('get', 'pods')], to: [groupSubject('dev')], namespace: 'a' })
    expect(authorizer.authorize(ask({ verb: 'get', resource: 'pods', namespace: 'a' }))).toEqual({
      allowed: true,
      reason: 'RBAC: allowed by RoleBinding "reader/a" of Role "reader" to Group "dev"',
    })
    expect(authorizer.authorize(ask({ verb: 'get', resource: 'pods', namespace: 'b' }))).toEqual({
      allowed: false,
      reason: '',
    })
    expect(authorizer.authorize(ask({ verb: 'get', resource: 'pods' })).allowed).toBe(false)
  })

  test('of a cluster role in one namespace give it there only, and nothing outside of resources', async () => {
    const { store, authorizer } = openAuthorizer()
    const rules = [rule('get', 'pods'), { verbs: ['get'], nonResourceURLs: ['/metrics'] }]
    await put(store, 'rbac.authorization.k8s.io/clusterroles', { metadata: { name: 'reader' }, rules })
    await put(store, 'rbac.authorization.k8s.io/rolebindings', {
      metadata: { namespace: 'a', name: 'b' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'reader' },
      subjects: [userSubject('ann')],
    })
    expect(authorizer.authorize(ask({ verb: 'get', resource: 'pods', namespace: 'a' })).allowed).toBe(true)
    expect(authorizer.authorize(ask({ verb: 'get', resource: 'pods' })).allowed).toBe(false)
    expect(authorizer.authorize(askPath('/metrics')).allowed).toBe(false)
  })

  test('name service accounts, users and groups, and never one for the other', async () => {
    const { store, authorizer } = openAuthorizer()
    await grant(store, {
      role: 'reader',
      rules: [rule('get', 'pods')],
      to: [{ kind: 'ServiceAccount', namespace: 'a', name: 'robot' }, userSubject('dev')],
    })
    const may = (who: UserInfo): boolean => authorizer.authorize(ask({ verb: 'get', resource: 'pods', who })).allowed
    expect(may(user('system:serviceaccount:a:robot'))).toBe(true)
    expect(may(user('system:serviceaccount:b:robot'))).toBe(false)
    expect(may(user('robot'))).toBe(false)
    expect(may(ann)).toBe(false)
    expect(may(user('root', 'system:masters'))).toBe(true)
  })

  test('to a role that is not there say so', async () => {
    const { store, authorizer } = openAuthorizer()
    await grant(store, { role: 'lost', rules: [], to: [userSubject('ann')] })
    await remove(store, 'rbac.authorization.k8s.io/clusterroles', 'lost')
    const { allowed, reason } = authorizer.authorize(ask({ verb: 'get', resource: 'pods' }))
    expect([allowed, reason]).toEqual([false, 'RBAC: clusterrole.rbac.authorization.k8s.io "lost" not found'])
  })
})

test('a change counts at once, in both directions, and what was stored before counts too', async () => {
  const { store, authorizer } = openAuthorizer()
  const may = (): boolean => authorizer.authorize(ask({ verb: 'get', resource: 'pods' })).allowed
  expect(may()).toBe(false)
  await grant(store, { role: 'r', rules: [rule('get', 'pods')], to: [userSubject('ann')] })
  expect(may()).toBe(true)
  await grant(store, { role: 'r', rules: [rule('list', 'pods')], to: [userSubject('ann')] })
  expect(may()).toBe(false)
  await grant(store, { role: 'r', rules: [rule('get', 'pods')], to: [userSubject('bob'), groupSubject('dev')] })
  expect(may()).toBe(true)
  await remove(store, 'rbac.authorization.k8s.io/clusterrolebindings', 'r')
  expect(may()).toBe(false)
})
