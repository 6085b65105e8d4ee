import { EventEmitter } from 'node:events'
import { expect, it } from 'vitest'
import { Busy, maxAtOnce } from './busy.ts'

it('lets one person have so many requests at once, and everybody else theirs', () => {
  const busy = new Busy()
  const answers = Array.from({ length: maxAtOnce }, () => new EventEmitter())
  for (const answer of answers) busy.enter('ann', answer)
  const more = (): void => busy.enter('ann', new EventEmitter())
  expect(more).toThrow(expect.objectContaining({ code: 'TooManyRequests' }))
  busy.enter('bob', new EventEmitter())
  // An answer that is sent is over once, though it says so twice.
  answers[0]?.emit('finish')
  answers[0]?.emit('close')
  more()
  expect(more).toThrow()
  for (const answer of answers) answer.emit('close')
  for (let count = 1; count < maxAtOnce; count++) more()
  expect(more).toThrow()
})

it('counts work until it is done, well or not', async () => {
  const busy = new Busy(1)
  const first = Promise.withResolvers<string>()
  const running = busy.run('ann', () => first.promise)
  await expect(busy.run('ann', async () => 'second')).rejects.toMatchObject({ code: 'TooManyRequests' })
  expect(await busy.run('bob', async () => 'his')).toBe('his')
  first.resolve('first')
  expect(await running).toBe('first')
  await expect(busy.run('ann', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await busy.run('ann', async () => 'third')).toBe('third')
})

it('says in its own words what there are too many of', () => {
  const busy = new Busy(1, 'you fetch one file already')
  busy.enter('ann', new EventEmitter())
  expect(() => busy.enter('ann', new EventEmitter())).toThrow('you fetch one file already')
})
