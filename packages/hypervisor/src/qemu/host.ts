/** Asks a QEMU program what it can do, by starting it without a machine and talking QMP over its standard streams. */

import { spawn } from 'node:child_process'
import { Duplex } from 'node:stream'
import { messageOf } from '@berth/base'
import { DriverError } from '../driver.ts'
import { QmpClient } from '../qmp/client.ts'
import { shortLived } from './short-lived.ts'

/** Answers come in milliseconds; a loaded machine is given this. */
const answerSeconds = 20

export interface QemuDescription {
  version: string
  machineTypes: string[]
  cpuModels: string[]
  /** Device types, for what only newer versions have. */
  devices: string[]
}

/** @throws {DriverError} Unsupported when the program is missing or does not work */
export async function describeQemu(binary: string): Promise<QemuDescription> {
  const args = ['-machine', 'none', '-nodefaults', '-no-user-config', '-display', 'none', '-S', '-qmp', 'stdio']
  const { command, args: bounded } = shortLived(binary, args, answerSeconds)
  const child = spawn(command, bounded, { stdio: ['pipe', 'pipe', 'pipe'] })
  const words: Buffer[] = []
  child.stderr.on('data', (chunk: Buffer) => words.push(chunk.subarray(0, 2000)))
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`it exited with ${code}: ${Buffer.concat(words).toString().trim()}`)))
  })
  const asked = describe(Duplex.from({ readable: child.stdout, writable: child.stdin }))
  asked.catch(() => {})
  try {
    return await Promise.race([asked, failed])
  } catch (error) {
    throw new DriverError('Unsupported', `${binary} does not work: ${messageOf(error)}`, {
      remedy: 'Install it: "apt-get install qemu-system-x86" on Debian and Ubuntu.',
      cause: error,
    })
  } finally {
    failed.catch(() => {})
    child.kill('SIGTERM')
  }
}

async function describe(stream: Duplex): Promise<QemuDescription> {
  const qmp = await QmpClient.connect({
    stream,
    peer: 'QEMU',
    onEvent() {},
    onClose() {},
    timeoutMs: answerSeconds * 1000,
  })
  try {
    const [version, machineTypes, cpuModels, devices] = await Promise.all([
      qmp.execute('query-version'),
      qmp.execute('query-machines'),
      qmp.execute('query-cpu-definitions'),
      qmp.execute('qom-list-types', { implements: 'device', abstract: false }),
    ])
    return { version, machineTypes, cpuModels, devices }
  } finally {
    qmp.close()
  }
}
