import { describe, expect, it } from 'vitest'
import { Turns } from './turns.ts'

describe('Turns', () => {
  it('does no more at once than it may, in the order of those who ask, failures or not', async () => {
    const turns = new Turns(2)
    const began: number[] = []
    let running = 0
    let most = 0
    const work = (index: number) =>
      turns.run(async () => {
        began.push(index)
        running += 1
        most = Math.max(most, running)
        await Promise.resolve()
        running -= 1
        if (index === 1) throw new Error('one fails')
        return index
      })
    const outcomes = await Promise.allSettled([0, 1, 2, 3, 4].map(work))
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
      'fulfilled',
    ])
    expect(began).toEqual([0, 1, 2, 3, 4])
    expect(most).toBe(2)
  })
})
