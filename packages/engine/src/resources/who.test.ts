import { expect, it } from 'vitest'
import { engineUser, isEngine } from './who.ts'

it.each([
  ['the controllers of this process', engineUser, true],
  [
    'a service account of that name',
    {
      name: engineUser.name,
      groups: ['system:serviceaccounts', 'system:serviceaccounts:kubevirt', 'system:authenticated'],
    },
    false,
  ],
  ['another of its namespace', { ...engineUser, name: 'system:serviceaccount:kubevirt:default' }, false],
  ['an administrator', { ...engineUser, name: 'admin' }, false],
])('%s', (_, user, trusted) => expect(isEngine(user)).toBe(trusted))
