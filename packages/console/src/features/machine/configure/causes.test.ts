import { expect, test } from 'vitest'
import type { Json } from '@berth/meta'
import { causesWithin, serverPath, unshownCauses } from './causes.ts'

const value: Json = {
  spec: { template: { spec: { domain: { devices: { disks: [{ name: 'a' }, { name: 'b', disk: { bus: 'x' } }] } } } } },
}
const disks = ['spec', 'template', 'spec', 'domain', 'devices', 'disks']
const cause = (field: string): { field: string; message: string } => ({ field, message: 'no' })

test('a server counts items of lists', () => {
  expect(serverPath([...disks, { name: 'b' }, 'disk', 'bus'], value)).toBe(
    'spec.template.spec.domain.devices.disks[1].disk.bus',
  )
})

test('a cause is shown at its field and at what holds it, and at no other of a like name', () => {
  const causes = [cause('spec.template.spec.domain.devices.disks[1].disk.bus'), cause('spec.templateOther')]
  expect(causesWithin(causes, [...disks, { name: 'b' }], value)).toEqual([causes[0]])
  expect(causesWithin(causes, [...disks, { name: 'a' }], value)).toEqual([])
  expect(causesWithin(causes, ['spec', 'template'], value)).toEqual([causes[0]])
})

test('what no field shows is told above the form', () => {
  const refused = (fields: string[], message = 'all') =>
    unshownCauses({ state: 'refused', message, causes: fields.map(cause) }, { yaml: false, value }).map(
      ({ field, message: words }) => field ?? words,
    )
  expect(refused(['spec.template.spec.hostname', 'spec.template.spec.domain.devices.disks[1].disk.bus'])).toEqual([])
  expect(refused(['spec.template.spec.domain.launchSecurity', ''])).toEqual([
    'spec.template.spec.domain.launchSecurity',
    '',
  ])
  expect(refused([])).toEqual(['all'])
  expect(unshownCauses({ state: 'accepted', causes: [] }, { yaml: false, value })).toEqual([])
})
