/** Expected causes are those of KubeVirt's own webhook for the same manifest. */

import { describe, expect, it } from 'vitest'
import { instanceCauses, type Row } from '../testing/causes.ts'

const rows: Row[] = [
  ['nothing', {}, []],
  [
    'host name',
    { hostname: 'Bad_Name' },
    [
      "Invalid spec.hostname: spec.hostname does not conform to the kubernetes DNS_LABEL rules : a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
    ],
  ],
  [
    'long host name',
    { hostname: 'a'.repeat(64) },
    [
      'Invalid spec.hostname: spec.hostname does not conform to the kubernetes DNS_LABEL rules : must be no more than 63 characters',
    ],
  ],
  [
    'subdomain',
    { subdomain: 'Bad_Name.x' },
    [
      "Invalid spec.subdomain: spec.subdomain does not conform to the kubernetes DNS_SUBDOMAIN rules : a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ],
  ],
  [
    'eviction strategy',
    { evictionStrategy: 'Never' },
    ['Invalid spec.evictionStrategy: spec.evictionStrategy is set with an unrecognized option: Never'],
  ],
  [
    'start strategy',
    { startStrategy: 'Fast' },
    ['Invalid spec.startStrategy: spec.startStrategy is set with an unrecognized option: Fast'],
  ],
  [
    'paused with a liveness probe',
    { startStrategy: 'Paused', livenessProbe: { guestAgentPing: {} } },
    [
      'Invalid spec.startStrategy: either spec.startStrategy or spec.livenessProbe should be provided.Pausing VMI with LivenessProbe is not supported',
    ],
  ],
  [
    'service account name',
    { serviceAccountName: 'Bad_Name' },
    [
      "Invalid spec.serviceAccountName: spec.serviceAccountName is not a valid service account name: a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ],
  ],
  [
    'two service accounts',
    { serviceAccountName: 'one', volumes: [{ name: 'root', serviceAccount: { serviceAccountName: 'two' } }] },
    [
      'Invalid spec.serviceAccountName: spec.serviceAccountName "one" and serviceAccount volume "two" must reference the same service account',
    ],
  ],
  ['no architecture', { architecture: '' }, ['Invalid spec.architecture: unsupported architecture: ']],
  [
    'unknown architecture',
    { architecture: 'riscv64' },
    ['Invalid spec.architecture: unsupported architecture: riscv64'],
  ],
]

describe('admission of fields at the top of a spec', () => {
  it.each(rows)('%s', (_rule, change, causes, configuration) => {
    expect(instanceCauses(change, configuration)).toEqual(causes)
  })
})
