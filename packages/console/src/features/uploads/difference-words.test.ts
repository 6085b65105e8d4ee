import { differenceWords } from '@berth/view'
import { expect, it } from 'vitest'
import words from './messages/en.json' with { type: 'json' }

it('what will be different is said here as by the command', () => {
  expect(words.difference).toEqual(differenceWords)
})
