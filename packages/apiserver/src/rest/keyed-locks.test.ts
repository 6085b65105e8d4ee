import { expect, it } from 'vitest'
import { KeyedLocks } from './keyed-locks.ts'

it('work under one key runs one after the other, also after failures; other keys do not wait', async () => {
  const locks = new KeyedLocks()
  const log: string[] = []
  let release: (() => void) | undefined
  const first = locks.run('a', async () => {
    await new Promise<void>((resolve) => (release = resolve))
    log.push('first')
    throw new Error('failed')
  })
  const second = locks.run('a', async () => log.push('second'))
  await locks.run('b', async () => log.push('other'))
  expect(log).toEqual(['other'])
  release?.()
  await expect(first).rejects.toThrow('failed')
  await second
  expect(log).toEqual(['other', 'first', 'second'])
})
