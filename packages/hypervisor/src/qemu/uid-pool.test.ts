import { describe, expect, it } from 'vitest'
import { UidPool, uidsOf } from './uid-pool.ts'

const wholeHost = '         0          0 4294967295\n'

describe('user ids of machines', () => {
  it('are the same for a directory whenever it is opened', () => {
    expect(uidsOf('/var/lib/berth/machines', wholeHost)).toEqual(uidsOf('/var/lib/berth/machines', wholeHost))
  })

  it('are others for another directory', () => {
    const bases = new Set(Array.from({ length: 20 }, (_, index) => uidsOf(`/data/${index}`, wholeHost).base))
    expect(bases.size).toBe(20)
  })

  it('fit into 31 bits and lie above the ids of containers', () => {
    for (let index = 0; index < 1000; index += 1) {
      const { base, count } = uidsOf(`/data/${index}`, wholeHost)
      expect(base).toBeGreaterThan(0x6f_ff_ff_ff)
      expect(base + count).toBeLessThan(2 ** 31)
    }
  })

  it('are small where a container has no others', () => {
    expect(uidsOf('/data', '0 100000 65536\n')).toEqual({ base: 50_000, count: 10_000 })
  })

  it('are given once until they are released', () => {
    const pool = new UidPool({ base: 10, count: 2 })
    pool.claim(10)
    expect(pool.take()).toBe(11)
    expect(() => pool.take()).toThrow('in use')
    pool.release(10)
    expect(pool.take()).toBe(10)
  })
})
