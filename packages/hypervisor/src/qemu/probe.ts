/**
 * Finds out whether KVM runs a guest, by running one: the device can exist, and QEMU can accept it, on hosts where a guest then
 * hangs. The answer is kept per boot of the kernel and QEMU version.
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '@berth/base'
import type { Acceleration } from '../spec/capabilities.ts'
import { readOptionalText, readRecord, readText } from '../wire.ts'
import { kvmAccess } from './identity.ts'
import { readBootId } from './process-identity.ts'
import type { ProbeGuest } from './options.ts'
import { endEarly, shortLived } from './short-lived.ts'

export interface AccelerationResult {
  acceleration: Acceleration
  /** Why not KVM. */
  reason?: string
  /** Group that QEMU needs for KVM. */
  gid?: number
}

export interface ProbeOptions {
  /** Where the answer is kept. */
  directory: string
  binary: string
  version: string
  guest: ProbeGuest | undefined
  timeoutMs: number
  /** User for QEMU, when the driver is root. */
  uid: number | undefined
}

const cacheName = '.acceleration.json'

export async function probeAcceleration(options: ProbeOptions): Promise<AccelerationResult> {
  const access = await kvmAccess(options.uid !== undefined)
  const withoutKvm = (reason: string): AccelerationResult => ({ acceleration: 'tcg', reason })
  if (!access.usable) return withoutKvm(access.reason ?? 'KVM is not usable')
  const withKvm: AccelerationResult = { acceleration: 'kvm', ...(access.gid === undefined ? {} : { gid: access.gid }) }
  const key = `${await readBootId()} ${options.version} ${options.uid === undefined}`
  const known = await readCache(options.directory, key)
  if (known !== undefined) return known.failure === undefined ? withKvm : withoutKvm(known.failure)
  if (options.guest === undefined) return withoutKvm('KVM was never tried here: there is no guest to try it with')
  const failure = await tryGuest(options, options.guest, access.gid)
  await writeCache(options.directory, key, failure)
  return failure === undefined ? withKvm : withoutKvm(failure)
}

/** Undefined when the guest ran, otherwise why not. */
export async function tryGuest(
  options: ProbeOptions,
  guest: ProbeGuest,
  gid: number | undefined,
): Promise<string | undefined> {
  const [kernel, initrd] = await Promise.all([open(guest.kernel), open(guest.initrd)])
  try {
    const { command, args } = shortLived(options.binary, probeArguments(guest), Math.ceil(options.timeoutMs / 1000) + 1)
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe', kernel.fd, initrd.fd],
      ...(options.uid === undefined ? {} : { uid: options.uid, gid: gid ?? options.uid }),
    })
    const marker = guest.marker ?? 'berth guest ready'
    let printed = ''
    let complained = ''
    const found = new Promise<'found'>((resolve) => {
      child.stdout?.on('data', (chunk: Buffer) => {
        printed = (printed + chunk.toString('latin1')).slice(-64 * 1024)
        if (printed.includes(marker)) resolve('found')
      })
    })
    child.stderr?.on('data', (chunk: Buffer) => {
      complained = (complained + chunk.toString()).slice(-2000)
    })
    const ended = once(child, 'close').then(
      () => 'ended' as const,
      (error: unknown) => {
        complained = messageOf(error)
        return 'ended' as const
      },
    )
    const timer = new AbortController()
    const late = new Promise<'late'>((resolve) => {
      const timeout = setTimeout(resolve, options.timeoutMs, 'late')
      timer.signal.addEventListener('abort', () => clearTimeout(timeout))
    })
    const outcome = await Promise.race([found, ended, late])
    timer.abort()
    endEarly(child)
    await ended
    if (outcome === 'found') return undefined
    return outcome === 'late'
      ? `/dev/kvm is there but a guest did not boot with it within ${options.timeoutMs / 1000} s`
      : `/dev/kvm is there but QEMU cannot use it: ${complained.trim() || 'the guest ended early'}`
  } finally {
    await Promise.all([kernel.close(), initrd.close()])
  }
}

function probeArguments({ cmdline }: ProbeGuest): string[] {
  return [
    ['-nodefaults', '-no-user-config', '-no-reboot'],
    ['-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny'],
    ['-machine', 'q35,accel=kvm', '-cpu', 'host', '-m', '256', '-display', 'none'],
    ['-chardev', 'stdio,id=serial,signal=off', '-device', 'isa-serial,chardev=serial'],
    ['-kernel', '/dev/fd/3', '-initrd', '/dev/fd/4'],
    ['-append', cmdline ?? 'console=ttyS0 quiet panic=-1 berth.probe=1'],
  ].flat()
}

async function readCache(directory: string, key: string): Promise<{ failure?: string } | undefined> {
  try {
    const cache = readRecord(JSON.parse(await readFile(join(directory, cacheName), 'utf8')), cacheName)
    if (readText(cache.key, 'key') !== key) return undefined
    const failure = readOptionalText(cache.failure, 'failure')
    return failure === undefined ? {} : { failure }
  } catch {
    // Missing or broken: the probe runs again and replaces it.
    return undefined
  }
}

async function writeCache(directory: string, key: string, failure: string | undefined): Promise<void> {
  const temporary = join(directory, `${cacheName}.new`)
  await writeFile(temporary, JSON.stringify({ key, failure }), { mode: 0o600 })
  await rename(temporary, join(directory, cacheName))
}
