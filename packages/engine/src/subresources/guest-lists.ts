/** guestosinfo, userlist and filesystemlist: what the guest agent says. Every failure is a plain-text 500. */

import { checkGuestQuery, type VirtualMachineInstance } from '@berth/api'
import { DriverError, type GuestInfo } from '@berth/hypervisor'
import { StatusError, type Json } from '@berth/meta'
import type { Subresource, SubresourceAnswer } from '@berth/apiserver'
import { isFrozen } from '../instances/guest/freeze.ts'
import type { EngineServices } from '../services.ts'
import { findInstance, runningDomain } from './instance-lookup.ts'

export function guestListSubresource(
  services: () => EngineServices,
  render: (guest: GuestInfo, instance: VirtualMachineInstance) => Json,
): Subresource {
  return {
    methods: ['GET'],
    async handle(request): Promise<SubresourceAnswer> {
      try {
        const instance = await findInstance(services(), request)
        checkGuestQuery(instance)
        return { kind: 'json', body: render(await runningDomain(services(), instance).agent.info(), instance) }
      } catch (error) {
        if (error instanceof StatusError || error instanceof DriverError) return failure(error.message)
        throw error
      }
    },
  }
}

function failure(message: string): SubresourceAnswer {
  return { kind: 'text', code: 500, body: message }
}

export function guestOsInfo(guest: GuestInfo, instance: VirtualMachineInstance): Json {
  return {
    guestAgentVersion: guest.agentVersion,
    supportedCommands: guest.supportedCommands.map(({ name, enabled }) => ({ name, enabled })),
    ...(guest.hostname === undefined ? {} : { hostname: guest.hostname }),
    os: { ...guest.os },
    ...(guest.timezone === undefined ? {} : { timezone: `${guest.timezone.zone ?? ''}, ${guest.timezone.offset}` }),
    userList: usersOf(guest),
    fsInfo: { disks: filesystemsOf(guest) },
    ...(isFrozen(instance) ? { fsFreezeStatus: 'frozen' } : {}),
  }
}

export function userList(guest: GuestInfo): Json {
  return { metadata: {}, items: usersOf(guest) }
}

export function filesystemList(guest: GuestInfo): Json {
  return { metadata: {}, items: filesystemsOf(guest) }
}

function usersOf(guest: GuestInfo): Json[] {
  return guest.users.map(({ user, domain, loginTimeSeconds }) => ({
    userName: user,
    ...(domain === undefined ? {} : { domain }),
    loginTime: loginTimeSeconds,
  }))
}

function filesystemsOf(guest: GuestInfo): Json[] {
  return guest.filesystems.map((entry) => ({
    diskName: entry.name,
    mountPoint: entry.mountPoint,
    fileSystemType: entry.type,
    ...(entry.usedBytes === undefined ? {} : { usedBytes: entry.usedBytes }),
    ...(entry.totalBytes === undefined ? {} : { totalBytes: entry.totalBytes }),
    disk: entry.disks.map(({ serial, busType }) => ({ ...(serial === undefined ? {} : { serial }), busType })),
  }))
}
