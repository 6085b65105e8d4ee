import { describe, expect, it } from 'vitest'
import type { VirtualMachine } from '../types/machine.ts'
import type { MemoryDumpRequest } from '../types/memory-dump.ts'
import { memoryDumpFile, planMemoryDump, planRemoveMemoryDump, type DumpFacts } from './plan-memory-dump.ts'

const machineWith = (memoryDumpRequest?: MemoryDumpRequest): VirtualMachine => ({
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachine',
  metadata: { name: 'web', namespace: 'default' },
  spec: { template: { spec: { domain: { devices: {} } } } },
  status: memoryDumpRequest === undefined ? {} : { memoryDumpRequest },
})
const facts = (more: Partial<DumpFacts> = {}, spec: object = {}): DumpFacts => ({
  isRunning: true,
  claim: (name) => (name === 'none' ? undefined : { spec: { resources: { requests: { storage: '1Gi' } }, ...spec } }),
  neededBytes: 500 * 1024 ** 2,
  ...more,
})
const request = (phase: MemoryDumpRequest['phase'], claimName = 'dump'): MemoryDumpRequest => ({ claimName, phase })

describe('a memory dump', () => {
  it('begins with the claim', () => {
    expect(planMemoryDump(machineWith(), 'dump', facts())).toEqual({ claimName: 'dump', phase: 'Associating' })
  })

  it.each(['Completed', 'Failed'] as const)(
    'can be repeated when the last one is %s, without naming the claim',
    (phase) => {
      expect(planMemoryDump(machineWith(request(phase)), '', facts())).toEqual(request('Associating'))
    },
  )

  it.each([
    ['without a claim', undefined, '', facts(), 400, 'Memory dump requires claim name to be set'],
    [
      'of another claim',
      request('Completed', 'a'),
      'b',
      facts(),
      409,
      "can't request memory dump for pvc [b] while pvc [a]",
    ],
    ['of a stopped machine', undefined, 'dump', facts({ isRunning: false }), 409, 'VMI is not running'],
    [
      'on a claim that is not there',
      undefined,
      'none',
      facts(),
      404,
      'persistentvolumeclaim.kubevirt.io "none" not found',
    ],
    ['on a block device', undefined, 'dump', facts({}, { volumeMode: 'Block' }), 409, 'pvc should be filesystem pvc'],
    [
      'on what can only be read',
      undefined,
      'dump',
      facts({}, { accessModes: ['ReadOnlyMany'] }),
      409,
      "pvc access mode can't be read only",
    ],
    [
      'on a small claim',
      undefined,
      'dump',
      facts({ neededBytes: 2 ** 31 }),
      409,
      'pvc size [1073742k] should be bigger then [2147484k]',
    ],
    [
      'while one is made',
      request('InProgress'),
      'dump',
      facts(),
      409,
      'memory dump request for pvc [dump] already in progress',
    ],
    [
      'while it is removed',
      request('Dissociating'),
      'dump',
      facts(),
      409,
      'a remove memory dump request is in progress',
    ],
  ] as const)('is refused %s', (_what, now, claim, given, code, words) => {
    const attempt = (): unknown => planMemoryDump(machineWith(now), claim, given)
    expect(attempt).toThrow(words)
    expect(attempt).toThrow(expect.objectContaining({ status: expect.objectContaining({ code }) }))
  })

  it('is let go once', () => {
    expect(planRemoveMemoryDump(machineWith(request('Completed')))).toEqual({
      claimName: 'dump',
      phase: 'Dissociating',
      remove: true,
    })
    expect(() => planRemoveMemoryDump(machineWith())).toThrow('no association found')
    expect(() => planRemoveMemoryDump(machineWith({ ...request('Dissociating'), remove: true }))).toThrow(
      'already exists',
    )
  })

  it('has a name of its own', () => {
    expect(memoryDumpFile('web', 'dump', new Date('2026-03-04T05:06:07.890Z'))).toBe(
      'web-dump-20260304-050607.memory.dump',
    )
  })
})
