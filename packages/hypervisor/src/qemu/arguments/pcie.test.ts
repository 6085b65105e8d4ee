import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DomainSpec } from '../../spec/domain.ts'
import { commandLine, devicesIn, plainDisk } from '../../testing/command-line.ts'
import { plainSpec } from '../../testing/spec.ts'
import { validateSpec } from '../../validate/spec.ts'

const [card] = plainSpec('a').nics

/** Places on buses, root ports included. */
function places(args: string[]): string[] {
  return devicesIn(args).flatMap(({ driver, bus, addr }) => {
    if (bus === undefined || driver === 'pcie-root-port') return addr === undefined ? [] : [`${bus} ${addr}`]
    if (bus.startsWith('port')) return [bus]
    return bus === 'pcie.0' ? [`${bus} ${addr}.0x0`] : []
  })
}

describe('places on the PCI bus', () => {
  it('gives every PCI Express device a port, with ports to spare', () => {
    const disks = Array.from({ length: 20 }, (_, index) => ({ ...plainDisk, name: `d${index}` }))
    const args = commandLine({ disks, rng: true, guestAgent: true, inputs: [{ type: 'tablet', bus: 'virtio' }] })
    const ports = devicesIn(args).filter(({ driver }) => driver === 'pcie-root-port')
    const used = places(args).filter((place) => place.startsWith('port'))
    expect(ports).toHaveLength(used.length + 4)
    expect(new Set(places(args)).size).toBe(places(args).length)
  })

  it('keeps asked places free of everything else', () => {
    const disks = [
      { ...plainDisk, name: 'a' },
      { ...plainDisk, name: 'b', pciAddress: '0000:01:00.0' },
      { ...plainDisk, name: 'c', pciAddress: '0000:00:04.0' },
      { ...plainDisk, name: 'd', pciAddress: '0000:00:1e.0' },
    ]
    const args = commandLine({ disks, watchdog: { model: 'i6300esb', action: 'reset' } })
    const place = (name: string): unknown => devicesIn(args).find(({ id }) => id === name)
    expect(place('disk-a')).toMatchObject({ bus: 'port1' })
    expect(place('disk-b')).toMatchObject({ bus: 'port0' })
    expect(place('disk-c')).toMatchObject({ bus: 'pcie.0', addr: '0x4' })
    expect(place('port0')).toMatchObject({ addr: '0x5.0x0' })
    expect(place('watchdog')).toMatchObject({ addr: '0x1d' })
    expect(new Set(places(args)).size).toBe(places(args).length)
  })

  it('refuses one place for two devices, however it is written', () => {
    const disks = ['0000:00:0a.0', '00:A.0'].map((pciAddress, index) => ({
      ...plainDisk,
      name: `d${index}`,
      pciAddress,
    }))
    expect(() => commandLine({ disks })).toThrow(
      expect.objectContaining({ code: 'InvalidSpec', message: expect.stringContaining('another device') }),
    )
  })

  it('says so when there is no room left', () => {
    const disks = Array.from({ length: 30 }, (_, index) => ({ ...plainDisk, name: `d${index}` }))
    expect(() => commandLine({ disks, virtioTransitional: true })).toThrow(
      expect.objectContaining({ code: 'Unsupported' }),
    )
  })

  it('puts no two devices of any machine in one place or under one name', () => {
    const hexadecimal = fc.integer({ min: 0, max: 0x22 }).map((value) => value.toString(16).padStart(2, '0'))
    const address = fc.option(
      fc.tuple(hexadecimal, hexadecimal).map(([bus, slot]) => `0000:${bus}:${slot}.0`),
      { nil: undefined, freq: 1 },
    )
    const name = fc.oneof(
      fc.stringMatching(/^[a-z0-9]{1,4}$/),
      fc.stringMatching(/^[a-z]{30}$/),
      fc.constantFrom('root', 'video', 'agent', '0'),
    )
    const bus = fc.constantFrom('virtio', 'sata', 'scsi', 'usb')
    const spec = fc.record({
      disks: fc.array(fc.tuple(name, bus, address), { maxLength: 20 }),
      nics: fc.array(fc.tuple(name, fc.constantFrom('virtio', 'e1000', 'e1000e', 'pcnet'), address), { maxLength: 6 }),
      virtioTransitional: fc.boolean(),
      rng: fc.boolean(),
      usbRedirections: fc.integer({ min: 0, max: 4 }),
    })
    fc.assert(
      fc.property(spec, ({ disks, nics, ...rest }) => {
        const change = {
          ...rest,
          disks: disks.map(([disk, on, at]) => ({
            ...plainDisk,
            name: disk,
            bus: on,
            ...(at === undefined ? {} : { pciAddress: at }),
          })),
          nics: nics.map(([nic, model, at]) => ({
            ...card,
            name: nic,
            model,
            ...(at === undefined ? {} : { pciAddress: at }),
          })),
          balloon: { freePageReporting: true },
          sound: 'ich9',
          panicDevices: ['isa', 'pvpanic'],
          watchdog: { model: 'i6300esb', action: 'reset' },
          // Drawn from the values that each field has.
        } as Partial<DomainSpec>
        let args: string[]
        try {
          validateSpec({ ...plainSpec('a'), ...change })
          args = commandLine(change)
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/^(?:InvalidSpec|Unsupported)$/) })
          return
        }
        const ids = devicesIn(args).flatMap(({ id }) => id ?? [])
        expect(new Set(ids).size).toBe(ids.length)
        expect(new Set(places(args)).size).toBe(places(args).length)
      }),
      { numRuns: 300 },
    )
  })
})
