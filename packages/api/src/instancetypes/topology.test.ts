import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cpuTopologies, type PreferenceSpec, type PreferredTopology, type SpreadAcross } from '../types/instancetype.ts'
import { spreadConflict, topologyFor } from './topology.ts'
import { preferenceWarnings, validateInstancetype, validatePreference } from './validation.ts'

const prefer = (
  preferredCPUTopology: PreferredTopology,
  spreadOptions?: { across?: SpreadAcross; ratio?: number },
): PreferenceSpec => ({ cpu: { preferredCPUTopology, ...(spreadOptions === undefined ? {} : { spreadOptions }) } })

describe('where vCPUs go', () => {
  const cases: [number, PreferenceSpec | undefined, [number, number, number]][] = [
    [4, undefined, [4, 1, 1]],
    [4, {}, [4, 1, 1]],
    [4, prefer('cores'), [1, 4, 1]],
    [4, prefer('preferCores'), [1, 4, 1]],
    [4, prefer('threads'), [1, 1, 4]],
    [4, prefer('any'), [4, 1, 1]],
    [4, prefer('spread'), [2, 2, 1]],
    [8, prefer('spread', { ratio: 4 }), [2, 4, 1]],
    [8, { ...prefer('preferSpread'), preferSpreadSocketToCoreRatio: 4 }, [2, 4, 1]],
    [8, { ...prefer('spread', { ratio: 2 }), preferSpreadSocketToCoreRatio: 4 }, [4, 2, 1]],
    [8, prefer('spread', { across: 'CoresThreads' }), [1, 4, 2]],
    [8, prefer('spread', { across: 'SocketsCoresThreads' }), [2, 2, 2]],
    [16, prefer('spread', { across: 'SocketsCoresThreads', ratio: 4 }), [2, 4, 2]],
    [8, prefer('spread', { ratio: 0 }), [4, 2, 1]],
    [1, prefer('spread'), [1, 1, 1]],
  ]
  it.each(cases)('%d of %o: %o', (vcpus, preference, [sockets, cores, threads]) => {
    expect(topologyFor(vcpus, preference)).toEqual({ sockets, cores, threads })
  })

  it('loses none unless it says so', () => {
    const across = fc.constantFrom<SpreadAcross>('SocketsCores', 'CoresThreads', 'SocketsCoresThreads')
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 512 }),
        fc.constantFrom(...cpuTopologies),
        across,
        fc.integer({ min: 0, max: 16 }),
        (vcpus, topology, over, ratio) => {
          const preference = prefer(topology, { across: over, ratio })
          const conflict = spreadConflict({ cpu: { guest: vcpus }, memory: { guest: '1Gi' } }, preference)
          const { sockets, cores, threads } = topologyFor(vcpus, preference)
          expect(conflict !== undefined || sockets * cores * threads === vcpus).toBe(true)
        },
      ),
    )
  })

  it.each<[number, { across?: SpreadAcross; ratio?: number }, string]>([
    [
      3,
      {},
      '3 vCPUs provided by the instance type are not divisible by the Spec.PreferSpreadSocketToCoreRatio or Spec.CPU.PreferSpreadOptions.Ratio of 2 provided by the preference',
    ],
    [
      3,
      { across: 'CoresThreads' },
      '3 vCPUs provided by the instance type are not divisible by the number of threads per core 2',
    ],
    [
      6,
      { across: 'SocketsCoresThreads' },
      '6 vCPUs provided by the instance type are not divisible by the number of threads per core 2 and Spec.PreferSpreadSocketToCoreRatio or Spec.CPU.PreferSpreadOptions.Ratio of 2',
    ],
  ])('%d cannot be spread over %o', (guest, options, message) => {
    expect(spreadConflict({ cpu: { guest }, memory: { guest: '1Gi' } }, prefer('spread', options))).toEqual({
      field: 'instancetype.spec.cpu.guest',
      message,
    })
  })
})

describe('what instance types and preferences may say', () => {
  it.each([
    [
      { guest: '1Gi', overcommitPercent: -1 },
      ["spec.memory.overcommitPercent '-1': must be in range between 0 and 100."],
    ],
    [
      { guest: '1Gi', overcommitPercent: 101 },
      ["spec.memory.overcommitPercent '101': must be in range between 0 and 100."],
    ],
    [
      { guest: '1Gi', overcommitPercent: 10, hugepages: { pageSize: '2Mi' } },
      ['spec.memory.overcommitPercent and spec.memory.hugepages should not be requested together.'],
    ],
    [{ guest: '1Gi', overcommitPercent: 100 }, []],
  ])('%o: %o', (memory, messages) => {
    expect(validateInstancetype({ cpu: { guest: 1 }, memory }).map(({ message }) => message)).toEqual(messages)
  })

  it.each<[PreferenceSpec, string[]]>([
    // As a client could send it.
    [{ cpu: { preferredCPUTopology: 'pile' as PreferredTopology } }, ['unknown preferredCPUTopology pile']],
    [prefer('spread', { across: 'Everything' as SpreadAcross }), ['across Everything is not supported']],
    [
      prefer('spread', { across: 'CoresThreads', ratio: 4 }),
      ['only a ratio of 2 (1 core 2 threads) is allowed when spreading vCPUs over cores and threads'],
    ],
    [prefer('cores', { across: 'CoresThreads', ratio: 4 }), []],
  ])('%o: %o', (preference, messages) => {
    expect(validatePreference(preference).map(({ message }) => message)).toEqual(messages)
  })

  it('warns of old names', () => {
    expect(preferenceWarnings(prefer('preferAny'))).toEqual([
      'PreferredCPUTopology preferAny is deprecated for removal in a future release, please use any instead',
    ])
    expect(preferenceWarnings(prefer('any'))).toEqual([])
  })
})
