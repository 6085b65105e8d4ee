/** Expected causes are those of KubeVirt's own webhook for the same manifest. */

import { describe, expect, it } from 'vitest'
import { instanceCauses, type Row } from '../testing/causes.ts'

const rows: Row[] = [
  [
    'values that only the webhook knows',
    { dnsPolicy: 'Never' },
    ['spec.dnsPolicy in body should be one of [ClusterFirst ClusterFirstWithHostNet Default None]'],
  ],
  [
    'operator of a toleration',
    { tolerations: [{ key: 'a', operator: 'Like' }] },
    ['spec.tolerations.operator in body should be one of [Equal Exists]'],
  ],
  [
    'pull policy',
    { volumes: [{ name: 'root', containerDisk: { image: 'i', imagePullPolicy: 'Maybe' } }] },
    ['spec.volumes.containerDisk.imagePullPolicy in body should be one of [Always IfNotPresent Never]'],
  ],
  [
    'operator of a node selector',
    {
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchExpressions: [{ key: 'k', operator: 'Like' }] }],
          },
        },
      },
    },
    [
      'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms.matchExpressions.operator in body should be one of [DoesNotExist Exists Gt In Lt NotIn]',
    ],
  ],
  [
    'unknown field of a clock',
    { domain: { clock: { utc: {}, sun: true } } },
    ['spec.domain.clock.sun in body is a forbidden property'],
  ],
]

describe("admission of what only the webhook's schema knows", () => {
  it.each(rows)('%s', (_rule, change, causes, configuration) => {
    expect(instanceCauses(change, configuration)).toEqual(causes)
  })
})
