import { describe, expect, it } from 'vitest'
import { addressKind, plainAddress } from './address-kind.ts'

describe('the kind of an address', () => {
  it.each([
    ['169.254.169.254', 'linkLocal'],
    ['::ffff:169.254.169.254', 'linkLocal'],
    ['::ffff:a9fe:a9fe', 'linkLocal'],
    ['64:ff9b::a9fe:a9fe', 'linkLocal'],
    ['::a9fe:a9fe', 'linkLocal'],
    ['fe80::1%eth0', 'linkLocal'],
    ['fd00:ec2::254', 'linkLocal'],
    ['100.100.100.200', 'linkLocal'],
    ['127.0.0.1', 'loopback'],
    ['127.8.9.10', 'loopback'],
    ['0.0.0.0', 'loopback'],
    ['::', 'loopback'],
    ['::1', 'loopback'],
    ['0:0:0:0:0:0:0:1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['64:ff9b::7f00:1', 'loopback'],
    ['10.0.0.1', 'other'],
    ['192.168.1.1', 'other'],
    ['2001:db8::1', 'other'],
    ['fd00::1', 'other'],
  ])('%s is %s', (address, kind) => {
    expect(addressKind(address)).toBe(kind)
  })

  it('two ways to write one address are one', () => {
    expect(plainAddress('2001:db8:0:0::1')).toBe(plainAddress('2001:db8::1'))
    expect(plainAddress('::ffff:10.0.0.1')).toBe('10.0.0.1')
  })
})
