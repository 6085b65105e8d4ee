/** Expected causes are those of KubeVirt's own webhook for the same manifest. */

import { describe, expect, it } from 'vitest'
import { instanceCauses, type Row } from '../testing/causes.ts'

const rows: Row[] = [
  [
    'no configuration',
    { dnsPolicy: 'None' },
    ['Required spec.dnsConfig: must provide `dnsConfig` when `dnsPolicy` is None'],
  ],
  [
    'no name server',
    { dnsPolicy: 'None', dnsConfig: {} },
    ['Required nameservers: must provide at least one DNS nameserver when `dnsPolicy` is None'],
  ],
  [
    'name servers',
    { dnsConfig: { nameservers: ['1.1.1.1', '::1', '1.1.1', '2001:db8::1'] } },
    [
      'Invalid nameservers: must not have more than 3 nameservers: [1.1.1.1 ::1 1.1.1 2001:db8::1]',
      'Invalid nameservers: must be valid IP address: 1.1.1',
    ],
  ],
  [
    'search paths',
    { dnsConfig: { searches: ['a', 'b', 'c', 'd', 'e', 'f', 'Bad_Name'], options: [{ name: '' }] } },
    [
      'Invalid searchDomains: must not have more than 6 search paths',
      "Invalid searchDomains: a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      'Invalid options: Option.Name must not be empty',
    ],
  ],
  [
    'long search paths',
    {
      dnsConfig: {
        searches: [
          'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
          'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
          'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
          'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
          'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
          'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
        ],
      },
    },
    ['Invalid searchDomains: must not have more than 256 characters (including spaces) in the search list'],
  ],
]

describe('admission of name servers', () => {
  it.each(rows)('%s', (_rule, change, causes, configuration) => {
    expect(instanceCauses(change, configuration)).toEqual(causes)
  })
})
