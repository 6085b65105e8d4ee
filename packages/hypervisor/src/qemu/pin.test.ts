import { describe, expect, it } from 'vitest'
import { formatCpuList, parseCpuList } from './cpu-list.ts'
import { DedicatedCpus } from './dedicated-cpus.ts'
import { guestNodes } from './pin.ts'

const nodeOf = new Map([0, 1, 2, 3, 4, 5].map((cpu) => [cpu, cpu < 3 ? 0 : 1]))
const cpu = { features: [], sockets: 1, cores: 3, threads: 1, dedicated: { isolateEmulator: false, numa: true } }

describe('lists of processors', () => {
  it.each<[string, number[]]>([
    ['0', [0]],
    ['0-3,8', [0, 1, 2, 3, 8]],
    ['5,1', [5, 1]],
    ['', []],
    ['x', []],
  ])('reads %j', (text, cpus) => expect(parseCpuList(text)).toEqual(cpus))

  it('writes what it reads', () => expect(parseCpuList(formatCpuList([1, 2, 9]))).toEqual([1, 2, 9]))
})

describe('processors of the host that are given away', () => {
  const make = (): DedicatedCpus => new DedicatedCpus({ usable: [0, 1, 2, 3, 4, 5], nodeOf })

  it('keeps the first, gives each once, and takes back', () => {
    const cpus = make()
    expect(cpus.shared()).toBeUndefined()
    expect(cpus.take('a', 2)).toEqual([1, 2])
    expect(cpus.take('b', 3)).toEqual([3, 4, 5])
    expect(cpus.shared()).toEqual([0])
    expect(() => cpus.take('c', 1)).toThrow(
      expect.objectContaining({ code: 'Unsupported', message: expect.stringMatching(/0 are free/) }),
    )
    cpus.release('a')
    expect(cpus.take('c', 1)).toEqual([1])
  })

  it('prefers one NUMA node', () => expect(make().take('a', 3)).toEqual([3, 4, 5]))

  it('spans nodes where no node has enough', () => expect(make().take('a', 4)).toEqual([1, 2, 3, 4]))

  it('takes over what an adopted machine has', () => {
    const cpus = make()
    cpus.claim('old', [1, 2])
    expect(cpus.shared()).toEqual([0, 3, 4, 5])
    expect(cpus.take('new', 1)).toEqual([3])
  })
})

describe('NUMA nodes of a guest', () => {
  it('follow its processors; memory is shared out in whole pages', () => {
    const spec = { cpu, memoryMiB: 10, hugePageBytes: 2 * 1024 ** 2, cpus: [2, 3, 4], nodeOf }
    expect(guestNodes(spec)).toEqual([
      { hostNode: 0, processors: [0], memoryMiB: 6 },
      { hostNode: 1, processors: [1, 2], memoryMiB: 4 },
    ])
  })

  it('are none where nobody asked, or the host tells of none', () => {
    const spec = { cpu, memoryMiB: 10, cpus: [1, 2, 3], nodeOf }
    expect(guestNodes({ ...spec, nodeOf: new Map() })).toEqual([])
    expect(guestNodes({ ...spec, cpu: { ...cpu, dedicated: { ...cpu.dedicated, numa: false } } })).toEqual([])
  })
})
