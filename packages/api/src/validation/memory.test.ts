/** Expected causes are those of KubeVirt's own webhook for the same manifest. */

import { describe, expect, it } from 'vitest'
import { instanceCauses, type Row } from '../testing/causes.ts'

const rows: Row[] = [
  [
    'negative request',
    { domain: { resources: { requests: { memory: '-64Mi' } } } },
    [
      "Invalid spec.domain.resources.requests.memory: spec.domain.resources.requests.memory '-64Mi': must be greater than or equal to 0.",
    ],
  ],
  [
    'tiny request',
    { domain: { resources: { requests: { memory: '64' } } } },
    [
      "Invalid spec.domain.resources.requests.memory: spec.domain.resources.requests.memory '64': must be greater than or equal to 1M.",
    ],
  ],
  [
    'request in another form',
    { domain: { resources: { requests: { memory: '0.5k' } } } },
    [
      "Invalid spec.domain.resources.requests.memory: spec.domain.resources.requests.memory '500': must be greater than or equal to 1M.",
    ],
  ],
  [
    'negative limit',
    { domain: { resources: { limits: { memory: '-1' } } } },
    [
      "Invalid spec.domain.resources.limits.memory: spec.domain.resources.limits.memory '-1': must be greater than or equal to 0.",
    ],
  ],
  [
    'request above limit',
    { domain: { resources: { requests: { memory: '2048Mi' }, limits: { memory: '1Gi' } } } },
    [
      "Invalid spec.domain.resources.requests.memory: spec.domain.resources.requests.memory '2Gi' is greater than spec.domain.resources.limits.memory '1Gi'",
    ],
  ],
  [
    'guest above limit',
    { domain: { memory: { guest: '2048Mi' }, resources: { limits: { memory: '1Gi' } } } },
    [
      "Invalid spec.domain.memory.guest: spec.domain.memory.guest '2Gi' must be equal to or less than the memory limit spec.domain.resources.limits.memory '1Gi'",
    ],
    { vmRolloutStrategy: 'Stage' },
  ],
  [
    'guest above limit where running machines change',
    { domain: { memory: { guest: '2Gi' }, resources: { limits: { memory: '1Gi' } } } },
    [],
  ],
  [
    'size of huge pages',
    { domain: { memory: { hugepages: { pageSize: 'big' } } } },
    [
      "Invalid spec.domain.memory.hugepages.pageSize: spec.domain.memory.hugepages.pageSize 'big': quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
  ],
  [
    'huge pages larger than the memory',
    { domain: { memory: { guest: '64Mi', hugepages: { pageSize: '1Gi' } } } },
    [
      "Invalid spec.domain.resources.requests.memory: spec.domain.resources.requests.memory '0' must be equal to or larger than page size spec.domain.memory.hugepages.pageSize '1Gi'",
    ],
  ],
  [
    'memory that is no multiple of huge pages',
    {
      domain: {
        memory: { guest: '65Mi', hugepages: { pageSize: '2Mi' } },
        resources: { requests: { memory: '65Mi' } },
      },
    },
    [
      "Invalid spec.domain.resources.requests.memory: spec.domain.resources.requests.memory '65Mi' is not a multiple of the page size spec.domain.memory.hugepages.pageSize '2Mi'",
    ],
  ],
  [
    'no memory at all',
    { domain: { memory: null } },
    [
      "Required: no memory requested, at least one of 'spec.domain.memory.guest', 'spec.domain.memory.hugepages.pageSize' or 'spec.domain.resources.requests.memory' must be set",
    ],
  ],
  [
    'only a limit',
    { domain: { memory: null, resources: { limits: { memory: '1Gi' } } } },
    [
      "Required: no memory requested, at least one of 'spec.domain.memory.guest', 'spec.domain.memory.hugepages.pageSize' or 'spec.domain.resources.requests.memory' must be set",
    ],
  ],
]

describe('admission of memory', () => {
  it.each(rows)('%s', (_rule, change, causes, configuration) => {
    expect(instanceCauses(change, configuration)).toEqual(causes)
  })
})
