/** Rules for how a machine boots, its kept state, its shared folders and its limits. */

import type { FirmwareSpec, HostLimits } from '../spec/firmware.ts'
import { check, checkPath, checkText, checkUnique } from './checks.ts'

/** A virtiofs tag has 36 bytes (virtio specification, 5.11.4). */
const tagPattern = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,34}[A-Za-z0-9])?$/
/** Below this, nothing that runs a machine starts. */
const leastMemoryBytes = 16 * 1024 * 1024
const mostCpus = 4096

/** @throws {DriverError} InvalidSpec */
export function validateFirmware(spec: FirmwareSpec): void {
  const { firmware, kernel, smm, tpm, stateFolder, sharedFolders = [], sharedMemory } = spec
  checkPath(kernel?.path, 'kernel.path')
  checkPath(kernel?.initrd, 'kernel.initrd')
  checkText(kernel?.cmdline, 'kernel.cmdline', 4096)
  const secure = firmware.kind === 'uefi' && firmware.secureBoot === true
  check(!secure || smm === true, 'smm', 'true with Secure Boot')
  checkPath(stateFolder, 'stateFolder')
  const keeps = tpm?.kept === true || (firmware.kind === 'uefi' && firmware.kept === true)
  check(!keeps || stateFolder !== undefined, 'stateFolder', 'given where state is kept')
  sharedFolders.forEach(({ tag, path }, index) => {
    check(tagPattern.test(tag), `sharedFolders[${index}].tag`, 'letters, digits, dots and dashes, at most 36')
    checkPath(path, `sharedFolders[${index}].path`)
  })
  checkUnique(
    sharedFolders.map(({ tag }) => tag),
    'sharedFolders',
  )
  check(sharedFolders.length === 0 || sharedMemory === true, 'sharedMemory', 'true with shared folders')
  if (spec.limits !== undefined) validateLimits(spec.limits)
}

function validateLimits({ cpus, cpuShareMillis, memoryBytes }: HostLimits): void {
  const within = (value: number | undefined, field: string, [least, most]: [number, number]): void => {
    if (value === undefined) return
    check(Number.isFinite(value) && value >= least && value <= most, `limits.${field}`, `from ${least} to ${most}`)
  }
  within(cpus, 'cpus', [0.001, mostCpus])
  within(cpuShareMillis, 'cpuShareMillis', [1, mostCpus * 1000])
  within(memoryBytes, 'memoryBytes', [leastMemoryBytes, Number.MAX_SAFE_INTEGER])
}
