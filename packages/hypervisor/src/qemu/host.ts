/** Asks a QEMU program what it can do, by starting it without a machine and talking QMP over its standard streams. */

import { spawn } from 'node:child_process'
import { Duplex } from 'node:stream'
import { messageOf } from '@berth/base'
import { DriverError } from '../driver.ts'
import { QmpClient } from '../qmp/client.ts'
import type { Acceleration } from '../spec/capabilities.ts'
import type { ProcessorCapabilities } from '../spec/compute-capabilities.ts'
import { readProcessor } from './processor.ts'
import { endEarly, shortLived } from './short-lived.ts'

/** Answers come in milliseconds; a loaded machine is given this. */
const answerSeconds = 20

export interface QemuDescription {
  version: string
  machineTypes: string[]
  cpuModels: string[]
  /** Processors as emulation makes them. */
  processor: ProcessorCapabilities
  /** Device types, for what only newer versions have. */
  devices: string[]
}

/** @throws {DriverError} Unsupported when the program is missing or does not work */
export function describeQemu(binary: string): Promise<QemuDescription> {
  return askQemu(binary, 'tcg', describe)
}

/** Processors as KVM makes them. @throws {DriverError} Unsupported */
export function describeKvmProcessor(binary: string): Promise<ProcessorCapabilities> {
  return askQemu(binary, 'kvm', (qmp) => readProcessor(qmp, 'host'))
}

async function askQemu<T>(
  binary: string,
  acceleration: Acceleration,
  question: (qmp: QmpClient) => Promise<T>,
): Promise<T> {
  const machine = ['-machine', `none,accel=${acceleration}`, '-nodefaults', '-no-user-config']
  const args = [...machine, '-display', 'none', '-S', '-qmp', 'stdio']
  const { command, args: bounded } = shortLived(binary, args, answerSeconds)
  const child = spawn(command, bounded, { stdio: ['pipe', 'pipe', 'pipe'] })
  const words: Buffer[] = []
  child.stderr.on('data', (chunk: Buffer) => words.push(chunk.subarray(0, 2000)))
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`it exited with ${code}: ${Buffer.concat(words).toString().trim()}`)))
  })
  const asked = ask(Duplex.from({ readable: child.stdout, writable: child.stdin }), question)
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
    endEarly(child)
  }
}

async function ask<T>(stream: Duplex, question: (qmp: QmpClient) => Promise<T>): Promise<T> {
  const qmp = await QmpClient.connect({
    stream,
    peer: 'QEMU',
    onEvent() {},
    onClose() {},
    timeoutMs: answerSeconds * 1000,
  })
  try {
    return await question(qmp)
  } finally {
    qmp.close()
  }
}

async function describe(qmp: QmpClient): Promise<QemuDescription> {
  const [version, machineTypes, processor, devices] = await Promise.all([
    qmp.execute('query-version'),
    qmp.execute('query-machines'),
    readProcessor(qmp, 'max'),
    qmp.execute('qom-list-types', { implements: 'device', abstract: false }),
  ])
  return { version, machineTypes, cpuModels: Object.keys(processor.missing), processor, devices }
}
