/** Asks the guest agent about its guest, and reads the answers into GuestInfo. A command the agent lacks leaves its part out. */

import { DriverError } from '../driver.ts'
import { guestInfoParts, type GuestInfo, type GuestInfoPart } from '../guest-agent.ts'
import {
  readBoolean,
  readList,
  readNumber,
  readOptionalNumber,
  readOptionalText,
  readRecord,
  readText,
  type WireRecord,
} from '../wire.ts'
import type { AgentClient } from './client.ts'

/**
 * All of it, or the parts named; parts not named are absent or empty. What the agent can do is always told.
 * @throws {DriverError} AgentUnavailable, Timeout, Protocol, Refused
 */
export function readGuestInfo(
  agent: AgentClient,
  parts: readonly GuestInfoPart[] = guestInfoParts,
): Promise<GuestInfo> {
  return agent.exchange(async (ask) => {
    const info = readAgent(await ask('guest-info'))
    const has = new Set(info.supportedCommands.filter(({ enabled }) => enabled).map(({ name }) => name))
    /** `absent` when it was not asked for, or the agent lacks the command or refuses it (a kernel without the facility). */
    const part = async <T>(
      of: GuestInfoPart,
      command: string,
      { absent, read }: { absent: T; read: (value: unknown) => T },
    ): Promise<T> => {
      if (!parts.includes(of) || !has.has(command)) return absent
      try {
        return read(await ask(command))
      } catch (error) {
        if (error instanceof DriverError && error.code === 'Refused') return absent
        throw error
      }
    }
    const hostname = await part('system', 'guest-get-host-name', {
      absent: undefined,
      read: (value): string | undefined => readText(readRecord(value, 'host name')['host-name'], 'host name'),
    })
    const os = await part<GuestInfo['os']>('system', 'guest-get-osinfo', { absent: undefined, read: readOs })
    const timezone = await part<GuestInfo['timezone']>('system', 'guest-get-timezone', {
      absent: undefined,
      read: readTimezone,
    })
    return {
      ...info,
      ...(hostname === undefined ? {} : { hostname }),
      ...(os === undefined ? {} : { os }),
      ...(timezone === undefined ? {} : { timezone }),
      users: await part<GuestInfo['users']>('users', 'guest-get-users', {
        absent: [],
        read: (value) => readList(value, 'users', readUser),
      }),
      filesystems: await part<GuestInfo['filesystems']>('filesystems', 'guest-get-fsinfo', {
        absent: [],
        read: (value) => readList(value, 'filesystems', readFilesystem),
      }),
      interfaces: await part<GuestInfo['interfaces']>('system', 'guest-network-get-interfaces', {
        absent: [],
        read: (value) => readList(value, 'interfaces', readInterface),
      }),
    }
  })
}

/** Leaves out what is undefined, so that absent stays absent. */
function present<T extends object>(values: T): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T
}

function readAgent(value: unknown): Pick<GuestInfo, 'agentVersion' | 'supportedCommands'> {
  const info = readRecord(value, 'guest-info')
  return {
    agentVersion: readText(info.version, 'version'),
    supportedCommands: readList(info.supported_commands, 'supported_commands', (entry, place) => {
      const command = readRecord(entry, place)
      return {
        name: readText(command.name, `${place}.name`),
        enabled: readBoolean(command.enabled, `${place}.enabled`),
      }
    }),
  }
}

function readOs(value: unknown): NonNullable<GuestInfo['os']> {
  const os = readRecord(value, 'os')
  const text = (key: string): string | undefined => readOptionalText(os[key], `os.${key}`)
  return present({
    name: text('name'),
    kernelRelease: text('kernel-release'),
    version: text('version'),
    prettyName: text('pretty-name'),
    versionId: text('version-id'),
    kernelVersion: text('kernel-version'),
    machine: text('machine'),
    id: text('id'),
  })
}

function readTimezone(value: unknown): NonNullable<GuestInfo['timezone']> {
  const timezone = readRecord(value, 'timezone')
  return present({
    zone: readOptionalText(timezone.zone, 'timezone.zone'),
    offset: readNumber(timezone.offset, 'timezone.offset'),
  })
}

function readUser(value: unknown, place: string): GuestInfo['users'][number] {
  const user = readRecord(value, place)
  return present({
    user: readText(user.user, `${place}.user`),
    domain: readOptionalText(user.domain, `${place}.domain`),
    loginTimeSeconds: readNumber(user['login-time'], `${place}.login-time`),
  })
}

function readFilesystem(value: unknown, place: string): GuestInfo['filesystems'][number] {
  const filesystem = readRecord(value, place)
  return present({
    name: readText(filesystem.name, `${place}.name`),
    mountPoint: readText(filesystem.mountpoint, `${place}.mountpoint`),
    type: readText(filesystem.type, `${place}.type`),
    usedBytes: readOptionalNumber(filesystem['used-bytes'], `${place}.used-bytes`),
    totalBytes: readOptionalNumber(filesystem['total-bytes'], `${place}.total-bytes`),
    disks: readList(filesystem.disk ?? [], `${place}.disk`, (entry, diskPlace) => {
      const disk: WireRecord = readRecord(entry, diskPlace)
      return present({
        serial: readOptionalText(disk.serial, `${diskPlace}.serial`),
        busType: readText(disk['bus-type'], `${diskPlace}.bus-type`),
      })
    }),
  })
}

function readInterface(value: unknown, place: string): GuestInfo['interfaces'][number] {
  const card = readRecord(value, place)
  return present({
    name: readText(card.name, `${place}.name`),
    mac: readOptionalText(card['hardware-address'], `${place}.hardware-address`),
    addresses: readList(card['ip-addresses'] ?? [], `${place}.ip-addresses`, (entry, addressPlace) => {
      const address = readRecord(entry, addressPlace)
      const type = readText(address['ip-address-type'], `${addressPlace}.ip-address-type`)
      return {
        ip: readText(address['ip-address'], `${addressPlace}.ip-address`),
        prefix: readNumber(address.prefix, `${addressPlace}.prefix`),
        family: type === 'ipv6' ? ('ipv6' as const) : ('ipv4' as const),
      }
    }),
  })
}
