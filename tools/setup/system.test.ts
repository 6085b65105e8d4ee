import { describe, expect, it } from 'vitest'
import { packagesNeeded } from '@berth/imaging'
import { missingPackages, systemPackages } from './system.mjs'

describe('system packages', () => {
  const names = systemPackages.map((entry: { name: string }) => entry.name)

  it('include all that an image build needs', () => {
    expect(names).toEqual(expect.arrayContaining([...packagesNeeded()]))
  })

  it('are each named once, with a way to see them', () => {
    expect(new Set(names).size).toBe(names.length)
    for (const entry of systemPackages) expect(entry.any.length).toBeGreaterThan(0)
  })

  it('of an unknown purpose are none', () => {
    expect(missingPackages(['nothing'])).toEqual([])
  })
})
