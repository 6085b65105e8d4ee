import * as fc from 'fast-check'
import { isDns1123Label } from '@berth/meta'
import { describe, expect, it } from 'vitest'
import { isBuiltInGuest, launcherPodLabels, launcherPodName, macAddress, startRevisionName } from './names.ts'

describe('launcherPodName', () => {
  it('is the instance with a random tail', () => {
    expect(launcherPodName('web', 'x7k2p')).toBe('virt-launcher-web-x7k2p')
  })

  it('is always one DNS label', () => {
    const name = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,251}[a-z0-9])?$/)
    fc.assert(fc.property(name, (text) => isDns1123Label(launcherPodName(text, 'abcde')).length === 0))
  })
})

describe('other names', () => {
  it('labels a launcher pod for clients that look for it', () => {
    expect(launcherPodLabels({ name: 'web', uid: 'u' })).toEqual({
      'kubevirt.io': 'virt-launcher',
      'kubevirt.io/created-by': 'u',
      'vm.kubevirt.io/name': 'web',
      'vmi.kubevirt.io/id': 'web',
    })
    expect(launcherPodLabels({ name: 'a'.repeat(100), uid: 'u' })['vm.kubevirt.io/name']).toHaveLength(63)
  })

  it('names the revision a machine was started with', () => {
    expect(startRevisionName('uid', 3)).toBe('revision-start-vm-uid-3')
  })

  it('makes locally administered unicast addresses, never the reserved one', () => {
    expect(macAddress(Uint8Array.of(1, 2, 3, 4, 255))).toBe('02:01:02:03:04:ff')
    expect(macAddress(new Uint8Array(5))).toBe('02:00:00:00:00:01')
  })

  it.each([
    ['berth.local/tiny-guest', true],
    ['berth.local/tiny-guest:latest', true],
    ['berth.local/tiny-guest:v2', false],
    ['evil/berth.local/tiny-guest', false],
  ])('%s is the built-in guest: %s', (image, result) => {
    expect(isBuiltInGuest(image)).toBe(result)
  })
})
