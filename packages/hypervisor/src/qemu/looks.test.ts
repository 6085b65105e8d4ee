import { expect, it } from 'vitest'
import { Looks } from './looks.ts'

it('leaves out more and more of what stands still, and nothing of what moves', () => {
  const looks = new Looks()
  const taken: number[] = []
  for (let turn = 0; turn < 24; turn += 1) {
    if (!looks.due()) continue
    taken.push(turn)
    // It moves at first, then stands still, and moves again from turn 18 on.
    looks.saw(turn < 3 ? turn : turn < 18 ? 3 : turn)
  }
  expect(taken).toEqual([0, 1, 2, 3, 4, 6, 9, 13, 17, 21, 22, 23])
})
