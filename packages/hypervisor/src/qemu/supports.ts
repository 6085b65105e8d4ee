/** Refuses what this host's QEMU lacks, before anything is started. */

import { DriverError, type DomainSpec, type HostCapabilities } from '../driver.ts'
import { nicDriver } from './arguments/nics.ts'

/** @throws {DriverError} Unsupported */
export function checkSupported(spec: DomainSpec, host: HostCapabilities, devices: ReadonlySet<string>): void {
  const refuse = (what: string, remedy: string): never => {
    throw new DriverError('Unsupported', `${what} (QEMU ${host.version} on this host)`, { remedy })
  }
  if (!host.machineTypes.includes(spec.machine)) {
    refuse(`the machine type "${spec.machine}" is unknown`, 'Use "q35".')
  }
  if (!/^(?:pc-)?q35(?:-|$)/.test(spec.machine)) {
    refuse(`the machine type "${spec.machine}" is not one of the q35 family`, 'Use "q35".')
  }
  const { model } = spec.cpu
  if (model !== undefined && !host.cpuModels.includes(model)) {
    refuse(`the CPU model "${model}" is unknown`, 'Leave the model out to get the best one.')
  }
  if (model === 'host' && host.acceleration === 'tcg') {
    refuse('the CPU model "host" needs KVM, which does not work here', 'Use "max", or leave the model out.')
  }
  if (spec.firmware.kind === 'uefi' && host.uefi === undefined) {
    refuse('there is no UEFI firmware', 'Install it: "apt-get install ovmf" on Debian and Ubuntu.')
  }
  for (const nic of spec.nics) {
    if (!devices.has(nicDriver(nic.model))) refuse(`there is no "${nic.model}" network card`, 'Use "virtio".')
  }
}
