/** A folder with a QEMU driver in it, for tests, and what may be left of it. */

import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '@berth/base'
import type { Driver } from '../driver.ts'
import type { DomainSpec } from '../spec/domain.ts'
import { Cgroups } from '../qemu/cgroups/cgroups.ts'
import { createQemuDriver } from '../qemu/create.ts'
import type { QemuDriverOptions } from '../qemu/options.ts'
import { findByFolder, signalProcess } from '../qemu/process-identity.ts'
import { testGuest } from './guest.ts'
import { plainSpec } from './spec.ts'

export class QemuBench {
  /** State directory of the drivers. */
  readonly directory: string
  readonly marker: string
  readonly #kernel: NonNullable<DomainSpec['kernel']>
  readonly #folder: string
  readonly #drivers: Driver[] = []

  private constructor(folder: string, kernel: NonNullable<DomainSpec['kernel']>, marker: string) {
    this.#folder = folder
    this.directory = join(folder, 'machines')
    this.#kernel = kernel
    this.marker = marker
  }

  static async create(): Promise<QemuBench> {
    const { kernel, initrd, cmdline, marker } = await testGuest()
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'berth-qemu-')))
    return new QemuBench(folder, { path: kernel, initrd, cmdline }, marker)
  }

  /** A place for a file of the test. */
  file(name: string): string {
    return join(this.#folder, name)
  }

  async open(options: Partial<QemuDriverOptions> = {}): Promise<Driver> {
    const driver = await createQemuDriver({ directory: this.directory, acceleration: 'tcg', ...options })
    this.#drivers.push(driver)
    return driver
  }

  /** The test guest as a machine. */
  spec(id: string, change: Partial<DomainSpec> = {}): DomainSpec {
    return { ...plainSpec(id), graphics: false, nics: [], kernel: this.#kernel, ...change }
  }

  /** Ids of processes that run in the state directory. */
  processes(): number[] {
    return [...findByFolder(this.directory).values()].flat().map(({ pid }) => pid)
  }

  async dispose(): Promise<void> {
    for (const driver of this.#drivers) await driver.close()
    for (const identity of [...findByFolder(this.directory).values()].flat()) signalProcess(identity, 'SIGKILL')
    const groups = await Cgroups.open(this.directory, silentLogger)
    await groups.removeAllBut(new Set())
    await groups.close()
    await rm(this.#folder, { recursive: true })
  }
}
