import type { Json } from '@berth/meta'
import { expect, it } from 'vitest'
import { readRuleReview } from './rule-review.ts'

const review = readRuleReview({
  status: {
    incomplete: false,
    resourceRules: [
      { verbs: ['get', 'list'], apiGroups: ['kubevirt.io'], resources: ['virtualmachines'] },
      { verbs: ['*'], apiGroups: ['cdi.kubevirt.io'], resources: ['*'] },
      { verbs: ['update'], apiGroups: ['subresources.kubevirt.io'], resources: ['virtualmachines/start', '*/pause'] },
      { verbs: ['delete'], apiGroups: ['kubevirt.io'], resources: ['virtualmachines'], resourceNames: ['one'] },
      'nonsense',
    ],
  },
})
const machines = { group: 'kubevirt.io', resource: 'virtualmachines' }
const below = { group: 'subresources.kubevirt.io', verb: 'update' }

it.each([
  [{ ...machines, verb: 'list' }, true],
  [{ ...machines, verb: 'create' }, false],
  // A right on one of them is none on the kind.
  [{ ...machines, verb: 'delete' }, false],
  [{ group: '', resource: 'virtualmachines', verb: 'list' }, false],
  [{ group: 'cdi.kubevirt.io', resource: 'datavolumes', verb: 'create' }, true],
  [{ group: 'cdi.kubevirt.io', resource: 'datavolumes', subresource: 'source', verb: 'create' }, true],
  [{ ...below, resource: 'virtualmachines', subresource: 'start' }, true],
  [{ ...below, resource: 'virtualmachineinstances', subresource: 'pause' }, true],
  [{ ...below, resource: 'virtualmachines' }, false],
])('%j is allowed: %s', (right, allowed) => expect(review.allows(right)).toBe(allowed))

it.each<Json | undefined>([
  undefined,
  null,
  'x',
  {},
  { status: [] },
  { status: { resourceRules: [{ verbs: 'all' }] } },
])('nothing is allowed by %j', (answer) =>
  expect(readRuleReview(answer).allows({ ...machines, verb: 'list' })).toBe(false),
)
