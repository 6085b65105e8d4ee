/** The host's side of AF_VSOCK sockets for guests: a device that each machine's QEMU gets opened, one guest to a descriptor. */

import { constants } from 'node:fs'
import { access, open, type FileHandle } from 'node:fs/promises'
import { messageOf } from '@berth/base'
import { DriverError } from '../driver.ts'

const device = '/dev/vhost-vsock'

/** Whether this driver may use it. */
export async function hasVsock(): Promise<boolean> {
  try {
    await access(device, constants.R_OK | constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** @throws {DriverError} Unsupported */
export async function openVsock(): Promise<FileHandle> {
  try {
    return await open(device, 'r+')
  } catch (error) {
    throw new DriverError('Unsupported', `${device} cannot be opened: ${messageOf(error)}`, {
      remedy: 'Load the kernel module: "modprobe vhost_vsock".',
      cause: error,
    })
  }
}
