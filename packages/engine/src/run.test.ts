import { expect, it } from 'vitest'
import { addressOf } from './run.ts'

it.each<[string | undefined, { host?: string; port?: number }]>([
  [undefined, {}],
  ['8443', { port: 8443 }],
  [':8443', { port: 8443 }],
  ['0', { port: 0 }],
  ['0.0.0.0:8443', { host: '0.0.0.0', port: 8443 }],
  ['box.example:1', { host: 'box.example', port: 1 }],
  ['[::1]:8443', { host: '::1', port: 8443 }],
])('reads the address %j', (text, address) => {
  expect(addressOf(text)).toEqual(address)
})

it.each(['', ':', 'host', 'host:', '::1', '[::1]', '1:2:3', 'host:99999', 'host:-1', '[x]:1', '1.2.3.4:80/x'])(
  'refuses %j',
  (text) => {
    expect(() => addressOf(text)).toThrow(expect.objectContaining({ code: 'ListenFailed' }))
  },
)
