/**
 * What a machine's description must satisfy before a driver looks at it. Rules are rows; the first broken one is reported with its
 * field. Nothing that passes here can end an argument, an option or a path it is put into.
 */

import { isIPv4 } from 'node:net'
import { isAbsolute } from 'node:path'
import { DriverError, type DomainDisk, type DomainNic, type DomainSpec } from './driver.ts'

const idPattern = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/
const namePattern = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/
const wordPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/
const hostPattern = /^(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})(?:\.[A-Za-z0-9-]{1,63})*$/
const macPattern = /^[0-9a-f][02468ace](?::[0-9a-f]{2}){5}$/
const uuidPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const controlPattern = /[\u0000-\u001f\u007f]/

function check(holds: boolean, field: string, expected: string): void {
  if (!holds) throw new DriverError('InvalidSpec', `${field} must be ${expected}`)
}

function checkText(text: string | undefined, field: string, longest: number): void {
  if (text === undefined) return
  check(
    text.length <= longest && !controlPattern.test(text),
    field,
    `at most ${longest} characters, none a control character`,
  )
}

function checkCount(value: number, field: string, most: number): void {
  check(Number.isSafeInteger(value) && value >= 1 && value <= most, field, `a whole number from 1 to ${most}`)
}

function checkPath(path: string | undefined, field: string): void {
  if (path === undefined) return
  check(isAbsolute(path), field, 'an absolute path')
  checkText(path, field, 4096)
}

function checkUnique(values: string[], field: string): void {
  check(new Set(values).size === values.length, field, 'without two entries of one name')
}

/** @throws {DriverError} InvalidSpec, naming the field */
export function validateSpec(spec: DomainSpec): void {
  check(idPattern.test(spec.id), 'id', 'lower-case letters, digits and dashes, at most 63')
  checkText(spec.title, 'title', 512)
  check(uuidPattern.test(spec.uuid), 'uuid', 'a UUID')
  checkText(spec.serial, 'serial', 256)
  check(wordPattern.test(spec.machine), 'machine', 'a machine type')
  checkCount(spec.memoryMiB, 'memoryMiB', 16 * 1024 * 1024)
  validateCpu(spec.cpu)
  checkPath(spec.kernel?.path, 'kernel.path')
  checkPath(spec.kernel?.initrd, 'kernel.initrd')
  checkText(spec.kernel?.cmdline, 'kernel.cmdline', 4096)
  check(Number.isSafeInteger(spec.clock.utcOffsetSeconds), 'clock.utcOffsetSeconds', 'a whole number')
  checkText(spec.clock.timezone, 'clock.timezone', 64)
  spec.disks.forEach((disk, index) => validateDisk(disk, `disks[${index}]`))
  spec.nics.forEach((nic, index) => validateNic(nic, `nics[${index}]`))
  checkUnique(
    spec.disks.map((disk) => disk.name),
    'disks',
  )
  checkUnique(
    spec.nics.map((nic) => nic.name),
    'nics',
  )
  const orders = [...spec.disks, ...spec.nics].flatMap((device) => device.bootOrder ?? [])
  check(new Set(orders).size === orders.length, 'bootOrder', 'different for every device')
}

function validateCpu(cpu: DomainSpec['cpu']): void {
  if (cpu.model !== undefined) check(wordPattern.test(cpu.model), 'cpu.model', 'a CPU model')
  cpu.features.forEach(({ name }, index) => {
    check(wordPattern.test(name), `cpu.features[${index}].name`, 'a CPU feature')
  })
  checkCount(cpu.sockets, 'cpu.sockets', 4096)
  checkCount(cpu.cores, 'cpu.cores', 4096)
  checkCount(cpu.threads, 'cpu.threads', 4096)
  checkCount(cpu.sockets * cpu.cores * cpu.threads, 'cpu.sockets x cores x threads', 4096)
}

function validateDisk(disk: DomainDisk, field: string): void {
  check(namePattern.test(disk.name), `${field}.name`, 'letters, digits and dashes, at most 63')
  checkPath(disk.path, `${field}.path`)
  checkText(disk.serial, `${field}.serial`, 256)
  disk.backing?.forEach(({ path }, index) => checkPath(path, `${field}.backing[${index}].path`))
  if (disk.bootOrder !== undefined) checkCount(disk.bootOrder, `${field}.bootOrder`, 1024)
  check(disk.io !== 'native' || disk.cache === 'none', `${field}.cache`, '"none" when io is "native"')
  check(
    disk.device !== 'cdrom' || disk.bus === 'sata' || disk.bus === 'scsi',
    `${field}.bus`,
    'sata or scsi for a cdrom',
  )
  check(disk.device !== 'lun' || disk.bus === 'scsi', `${field}.bus`, 'scsi for a lun')
}

function validateNic(nic: DomainNic, field: string): void {
  check(namePattern.test(nic.name), `${field}.name`, 'letters, digits and dashes, at most 63')
  check(macPattern.test(nic.mac), `${field}.mac`, 'a lower-case unicast MAC address like 52:54:00:12:34:56')
  if (nic.bootOrder !== undefined) checkCount(nic.bootOrder, `${field}.bootOrder`, 1024)
  parseCidr(nic.network.cidr, `${field}.network.cidr`)
  const { hostname, dnsSearch = [] } = nic.network
  if (hostname !== undefined) check(hostPattern.test(hostname), `${field}.network.hostname`, 'a host name')
  check(dnsSearch.length <= 16, `${field}.network.dnsSearch`, 'at most 16 domains')
  for (const domain of dnsSearch) check(hostPattern.test(domain), `${field}.network.dnsSearch`, 'domain names')
}

/** @throws {DriverError} InvalidSpec */
export function validatePort(port: number): void {
  checkCount(port, 'port', 65_535)
}

export interface UserNetwork {
  cidr: string
  gateway: string
  guest: string
  dns: string
}

/**
 * The addresses of a user-mode network: `.1` is the gateway, `.2` the guest, `.3` the name server.
 * @throws {DriverError} InvalidSpec
 */
export function parseCidr(cidr: string, field: string): UserNetwork {
  const [address = '', prefixText = '', ...more] = cidr.split('/')
  const prefix = Number(prefixText)
  const valid = isIPv4(address) && /^\d{1,2}$/.test(prefixText) && prefix >= 8 && prefix <= 29 && more.length === 0
  check(valid, field, 'an IPv4 network like 10.0.2.0/24, /8 to /29')
  const size = 2 ** (32 - prefix)
  const whole = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  const network = Math.floor(whole / size) * size
  const at = (host: number): string =>
    [24, 16, 8, 0].map((shift) => Math.floor((network + host) / 2 ** shift) % 256).join('.')
  return { cidr: `${at(0)}/${prefix}`, gateway: at(1), guest: at(2), dns: at(3) }
}
