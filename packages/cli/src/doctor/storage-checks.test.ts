import { expect, it } from 'vitest'
import { ofClasses } from './storage-checks.ts'

it.each([
  [[], { verdict: 'ok' }],
  [[{ name: 'local', status: 'Ready' }], { verdict: 'ok', detail: 'local' }],
  [[{ name: 'local', status: 'Full' }], { verdict: 'warn', detail: 'nearly full: local' }],
  [
    ['local', 'local-raw'].map((name) => ({ name, status: 'OutOfService', reason: 'An entry is broken. Mend it.' })),
    { verdict: 'fail', detail: 'out of service: local, local-raw', remedy: 'An entry is broken. Mend it.' },
  ],
])('what the doctor says of storages %j', (classes, finding) => {
  expect(ofClasses(classes)).toMatchObject(finding)
})
