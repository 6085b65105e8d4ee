import { describe, expect, it } from 'vitest'
import { parseCommand, verbsFor, type Command } from './parse-command.ts'

describe('a command', () => {
  it.each<[string, Command]>([
    ['web-1', { kind: 'go', text: 'web-1' }],
    ['', { kind: 'go', text: '' }],
    ['stop', { kind: 'go', text: 'stop' }],
    ['stop web-*', { kind: 'action', action: 'stop', query: 'web-*' }],
    ['  Stop   status:Running web- ', { kind: 'action', action: 'stop', query: 'status:Running web-' }],
    ['stop ', { kind: 'action', action: 'stop', query: '' }],
    ['console db-2', { kind: 'open', what: 'console', query: 'db-2' }],
    ['why app-4', { kind: 'open', what: 'why', query: 'app-4' }],
    ['create from debian', { kind: 'create', text: 'debian' }],
    ['ns shop', { kind: 'namespace', text: 'shop' }],
    ['stopping time', { kind: 'go', text: 'stopping time' }],
    ['constructor x', { kind: 'go', text: 'constructor x' }],
  ])('%j', (text, command) => {
    expect(parseCommand(text)).toEqual(command)
  })
})

it('offers the verbs that a text may become', () => {
  expect(verbsFor('st')).toEqual(['start', 'stop'])
  expect(verbsFor('vn')).toEqual(['vnc'])
  expect(verbsFor('')).toContain('delete')
  expect(verbsFor('stop web')).toEqual([])
})
