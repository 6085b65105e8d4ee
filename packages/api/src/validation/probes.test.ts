/** Expected causes are those of KubeVirt's own webhook for the same manifest. */

import { describe, expect, it } from 'vitest'
import { instanceCauses, type Row } from '../testing/causes.ts'

const rows: Row[] = [
  [
    'no handler',
    { readinessProbe: {} },
    [
      'Required spec.readinessProbe: either spec.readinessProbe.tcpSocket, spec.readinessProbe.exec or spec.readinessProbe.httpGet must be set if a spec.readinessProbe is specified',
    ],
  ],
  [
    'two handlers',
    { livenessProbe: { guestAgentPing: {}, exec: { command: ['x'] } } },
    ['Invalid spec.livenessProbe: spec.livenessProbe must have exactly one probe type set'],
  ],
  [
    'without the pod network',
    {
      networks: [{ name: 'default', multus: { networkName: 'x' } }],
      domain: { devices: { interfaces: [{ name: 'default', bridge: {} }] } },
      readinessProbe: { httpGet: { port: 80 } },
      livenessProbe: { tcpSocket: { port: 80 } },
    },
    [
      'Invalid spec.readinessProbe.httpGet: spec.readinessProbe.httpGet is only allowed if the Pod Network is attached',
      'Invalid spec.livenessProbe.tcpSocket: spec.livenessProbe.tcpSocket is only allowed if the Pod Network is attached',
    ],
  ],
]

describe('admission of probes', () => {
  it.each(rows)('%s', (_rule, change, causes, configuration) => {
    expect(instanceCauses(change, configuration)).toEqual(causes)
  })
})
