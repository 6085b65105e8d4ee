/**
 * A machine's whole QEMU command line. Pure: files are already open, their descriptors are named here by number. Values that people
 * choose are arguments of their own, JSON, or escaped, after `validate.ts` has passed them.
 */

import type { Acceleration, DomainSpec } from '../../driver.ts'
import { clockArguments } from './clock.ts'
import { diskArguments, type ImageChain, type OpenImage } from './disks.ts'
import { json, option } from './escape.ts'
import { nicArguments } from './nics.ts'
import { RootPorts } from './pcie.ts'

/** Socket names in the folder that QEMU runs in. */
export const sockets = { qmp: 'qmp.sock', agent: 'agent.sock', serial: 'serial.sock', vnc: 'vnc.sock' } as const

/** What the driver has opened for the machine. */
export interface OpenFiles {
  /** One `-add-fd` each: the descriptor's number in QEMU and the set it goes into. */
  descriptors: { fd: number; set: number }[]
  images: ReadonlyMap<string, ImageChain>
  kernel?: { path: string; initrd?: string }
  firmware?: { code: OpenImage; vars: OpenImage }
  serialLog: string
}

export interface CommandLineOptions {
  spec: DomainSpec
  files: OpenFiles
  acceleration: Acceleration
  now: Date
}

/** @throws {DriverError} InvalidSpec, Unsupported */
export function buildArguments({ spec, files, acceleration, now }: CommandLineOptions): string[] {
  const ports = new RootPorts()
  // Devices first, ports second, because devices take the ports; QEMU wants them in the other order.
  const devices = [
    ...diskArguments(spec, files.images, ports),
    ...nicArguments(spec, ports),
    ...channelArguments(spec, ports),
    ...extraArguments(spec, ports),
  ]
  return [
    '-nodefaults',
    '-no-user-config',
    '-name',
    option('', { guest: spec.title, 'debug-threads': true }),
    '-sandbox',
    'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny',
    '-msg',
    'timestamp=on',
    ...files.descriptors.flatMap(({ fd, set }) => ['-add-fd', option('', { fd, set })]),
    ...firmwareArguments(files),
    ...machineArguments(spec, files, acceleration),
    ...clockArguments(spec.clock, now),
    ...bootArguments(spec, files),
    // A machine that is over waits, so that an engine that was away learns how it ended.
    '-action',
    'shutdown=pause,panic=pause',
    '-S',
    ...monitorArguments(),
    ...ports.arguments(),
    // What has a fixed place on the root bus comes before what takes the next free one.
    ...displayArguments(spec),
    ...usbArguments(spec),
    ...devices,
    ...serialArguments(spec, files),
  ]
}

function firmwareArguments({ firmware }: OpenFiles): string[] {
  if (firmware === undefined) return []
  const node = (name: string, image: OpenImage, readOnly: boolean): string[] => [
    '-blockdev',
    json({
      driver: 'raw',
      'node-name': name,
      'read-only': readOnly,
      file: { driver: 'file', filename: image.filename, 'read-only': readOnly },
    }),
  ]
  return [...node('firmware-code', firmware.code, true), ...node('firmware-vars', firmware.vars, false)]
}

function machineArguments(spec: DomainSpec, { firmware }: OpenFiles, acceleration: Acceleration): string[] {
  const { cpu, memoryMiB } = spec
  const model = cpu.model ?? (acceleration === 'kvm' ? 'host' : 'max')
  const features = Object.fromEntries(cpu.features.map(({ name, enabled }) => [name, enabled]))
  return [
    '-machine',
    option(spec.machine, {
      accel: acceleration,
      vmport: 'off',
      'dump-guest-core': false,
      acpi: spec.acpi,
      ...(firmware === undefined ? {} : { pflash0: 'firmware-code', pflash1: 'firmware-vars' }),
    }),
    '-cpu',
    option(model, features),
    '-smp',
    option('', {
      cpus: cpu.sockets * cpu.cores * cpu.threads,
      sockets: cpu.sockets,
      cores: cpu.cores,
      threads: cpu.threads,
    }),
    '-m',
    option('', { size: `${memoryMiB}M` }),
    '-uuid',
    spec.uuid,
    '-smbios',
    option('type=1', { manufacturer: 'Berth', product: 'Virtual machine', uuid: spec.uuid, serial: spec.serial }),
  ]
}

function bootArguments({ kernel }: DomainSpec, files: OpenFiles): string[] {
  const boot = ['-boot', 'menu=off,strict=on']
  if (files.kernel === undefined) return boot
  const { path, initrd } = files.kernel
  return [
    ...boot,
    '-kernel',
    path,
    ...(initrd === undefined ? [] : ['-initrd', initrd]),
    ...(kernel?.cmdline === undefined ? [] : ['-append', kernel.cmdline]),
  ]
}

function monitorArguments(): string[] {
  const socket = option('socket', { id: 'qmp', path: sockets.qmp, server: true, wait: false })
  return ['-chardev', socket, '-mon', 'chardev=qmp,mode=control']
}

function usbArguments(spec: DomainSpec): string[] {
  const needed = spec.tablet === 'usb' || spec.disks.some((disk) => disk.bus === 'usb')
  // On the root bus: nothing ever unplugs the controller.
  return needed ? ['-device', json({ driver: 'qemu-xhci', id: 'usb0', bus: 'pcie.0', addr: '0x3' })] : []
}

function channelArguments(spec: DomainSpec, ports: RootPorts): string[] {
  if (!spec.guestAgent) return []
  return [
    '-device',
    json({ driver: 'virtio-serial-pci', id: 'channels', bus: ports.next() }),
    '-chardev',
    option('socket', { id: 'agent', path: sockets.agent, server: true, wait: false }),
    '-device',
    json({
      driver: 'virtserialport',
      id: 'agent',
      bus: 'channels.0',
      chardev: 'agent',
      name: 'org.qemu.guest_agent.0',
    }),
  ]
}

function extraArguments(spec: DomainSpec, ports: RootPorts): string[] {
  return [
    ...(spec.rng
      ? [
          '-object',
          json({ 'qom-type': 'rng-random', id: 'rng', filename: '/dev/urandom' }),
          '-device',
          json({ driver: 'virtio-rng-pci', rng: 'rng', bus: ports.next() }),
        ]
      : []),
    ...(spec.tablet === 'usb' ? ['-device', json({ driver: 'usb-tablet', bus: 'usb0.0' })] : []),
    ...(spec.tablet === 'virtio' ? ['-device', json({ driver: 'virtio-tablet-pci', bus: ports.next() })] : []),
    ...watchdogArguments(spec),
    // Tells the host of a kernel panic.
    '-device',
    json({ driver: 'pvpanic' }),
  ]
}

function watchdogArguments({ watchdog }: DomainSpec): string[] {
  if (watchdog === undefined) return []
  // Powering off is done by the driver after QEMU has paused, so that the reason is known even after an engine's restart.
  const action = watchdog.action === 'poweroff' ? 'pause' : watchdog.action
  return ['-device', json({ driver: watchdog.model, id: 'watchdog', bus: 'pcie.0' }), '-action', `watchdog=${action}`]
}

function serialArguments(spec: DomainSpec, { serialLog }: OpenFiles): string[] {
  if (!spec.serialConsole) return []
  const chardev = option('socket', {
    id: 'serial',
    path: sockets.serial,
    server: true,
    wait: false,
    logfile: serialLog,
    logappend: true,
  })
  return ['-chardev', chardev, '-device', json({ driver: 'isa-serial', chardev: 'serial' })]
}

function displayArguments({ graphics }: DomainSpec): string[] {
  if (!graphics) return ['-display', 'none']
  // The standard VGA is the one that firmware of both kinds, text consoles and every guest's framebuffer driver know.
  return [
    '-vnc',
    option(`unix:${sockets.vnc}`, {}),
    '-device',
    json({ driver: 'VGA', id: 'video', bus: 'pcie.0', addr: '0x1' }),
  ]
}
