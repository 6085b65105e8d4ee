import { describe, expect, it } from 'vitest'
import { StatusError } from './status.ts'
import { unlessMissing } from './unless-missing.ts'

describe('what is asked for', () => {
  it('is itself, or undefined when it is not there', async () => {
    expect(await unlessMissing(Promise.resolve('it'))).toBe('it')
    expect(await unlessMissing(Promise.reject(new StatusError('NotFound', 'gone')))).toBeUndefined()
  })

  it.each([new StatusError('Forbidden', 'not for you'), new Error('the wire broke')])(
    'still fails: %s',
    async (failure) => {
      await expect(unlessMissing(Promise.reject(failure))).rejects.toBe(failure)
    },
  )
})
