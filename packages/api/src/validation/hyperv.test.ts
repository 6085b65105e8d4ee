/** Expected causes are those of KubeVirt's own webhook for the same manifest. */

import { describe, expect, it } from 'vitest'
import { instanceCauses, type Row } from '../testing/causes.ts'

const rows: Row[] = [
  [
    'a feature that needs another',
    { domain: { features: { hyperv: { synic: { enabled: true }, vpindex: { enabled: false } } } } },
    [
      "Invalid spec.domain.features.hyperv.domain.features.hyperv.synic: 'spec.domain.features.hyperv.domain.features.hyperv.synic' requires 'spec.domain.features.hyperv.domain.features.hyperv.vpindex', which was disabled.",
    ],
  ],
  [
    'several that need others',
    {
      domain: {
        features: {
          hyperv: {
            evmcs: { enabled: true },
            ipi: { enabled: true },
            tlbflush: { enabled: true },
            synictimer: { enabled: true },
          },
        },
      },
    },
    [
      "Invalid spec.domain.features.hyperv.domain.features.hyperv.evmcs: 'spec.domain.features.hyperv.domain.features.hyperv.evmcs' requires 'spec.domain.features.hyperv.domain.features.hyperv.vapic', which was disabled.",
      "Invalid spec.domain.features.hyperv.domain.features.hyperv.ipi: 'spec.domain.features.hyperv.domain.features.hyperv.ipi' requires 'spec.domain.features.hyperv.domain.features.hyperv.vpindex', which was disabled.",
      "Invalid spec.domain.features.hyperv.domain.features.hyperv.tlbflush: 'spec.domain.features.hyperv.domain.features.hyperv.tlbflush' requires 'spec.domain.features.hyperv.domain.features.hyperv.vpindex', which was disabled.",
      "Invalid spec.domain.features.hyperv.domain.features.hyperv.synictimer: 'spec.domain.features.hyperv.domain.features.hyperv.synictimer' requires 'spec.domain.features.hyperv.domain.features.hyperv.synic', which was disabled.",
      'Required spec.domain.cpu.features: vmx cpu feature is required when evmcs is set',
    ],
  ],
  [
    'evmcs with another policy',
    {
      domain: {
        cpu: { features: [{ name: 'vmx', policy: 'optional' }] },
        features: { hyperv: { evmcs: { enabled: true }, vapic: { enabled: true } } },
      },
    },
    ['Invalid spec.domain.cpu.features[0].policy: vmx cpu feature has to be set to require policy'],
  ],
  [
    'two ways to choose',
    { domain: { features: { hyperv: {}, hypervPassthrough: { enabled: true } } } },
    [
      'Invalid spec.domain.features.hyperv: Cannot explicitly set hyperV features if HypervPassthrough is being used. Please use either HyperV or HypervPassthrough.',
    ],
  ],
]

describe('admission of features for Windows', () => {
  it.each(rows)('%s', (_rule, change, causes, configuration) => {
    expect(instanceCauses(change, configuration)).toEqual(causes)
  })
})
