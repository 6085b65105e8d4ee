/** Command lines of machines that differ in one thing, for tests. */

import { buildArguments, type CommandLineOptions } from '../qemu/arguments/command-line.ts'
import type { ImageChain } from '../qemu/arguments/block-nodes.ts'
import type { OpenFiles } from '../qemu/arguments/open-files.ts'
import type { DomainDisk } from '../spec/disks.ts'
import type { DomainSpec } from '../spec/domain.ts'
import { plainSpec } from './spec.ts'

export const plainDisk: DomainDisk = {
  name: 'root',
  path: '/d',
  format: 'qcow2',
  device: 'disk',
  bus: 'virtio',
  readOnly: false,
}

export function commandLine(
  change: Partial<DomainSpec>,
  options: Partial<Omit<CommandLineOptions, 'spec' | 'files'>> & { files?: Partial<OpenFiles> } = {},
): string[] {
  const spec = { ...plainSpec('a'), ...change }
  const images = new Map<string, ImageChain>(
    spec.disks.map(({ name, format }, index) => [
      name,
      [{ filename: `/dev/fdset/${index + 3}`, format, hostDevice: false }],
    ]),
  )
  return buildArguments({
    acceleration: 'tcg',
    now: new Date('2026-03-01T12:00:00Z'),
    ...options,
    spec,
    files: { descriptors: [{ fd: 3, set: 3 }], images, serialLog: '/dev/fdset/9', ...options.files },
  })
}

/** Values of all options of one name, read as JSON where they are. */
export function valuesOf(args: readonly string[], name: string): unknown[] {
  return args.flatMap((arg, index) => {
    const value = args[index + 1]
    if (arg !== name || value === undefined) return []
    return [value.startsWith('{') ? JSON.parse(value) : value]
  })
}

export type DeviceOption = { driver: string; id?: string; bus?: string; addr?: string } & Record<string, unknown>

/** The devices of a command line, in order. */
export function devicesIn(args: readonly string[]): DeviceOption[] {
  // Every device is given as JSON with a driver.
  return valuesOf(args, '-device') as DeviceOption[]
}

/** Those that are of one type. */
export function devicesOfType(args: readonly string[], driver: string): DeviceOption[] {
  return devicesIn(args).filter((device) => device.driver === driver)
}
