/** Gives processors of the host to machines that want them for themselves, and says what is left for all others. */

import { DriverError } from '../driver.ts'
import { dedicatedCpus, type HostCpus } from './host-cpus.ts'

export class DedicatedCpus {
  readonly #host: HostCpus
  /** By machine. */
  readonly #taken = new Map<string, number[]>()

  constructor(host: HostCpus) {
    this.#host = host
  }

  get host(): HostCpus {
    return this.#host
  }

  /** Of one NUMA node, where one has enough. @throws {DriverError} Unsupported when there are too few */
  take(machine: string, count: number): number[] {
    const used = new Set([...this.#taken.values()].flat())
    const free = dedicatedCpus(this.#host).filter((cpu) => !used.has(cpu))
    if (free.length < count) {
      throw new DriverError(
        'Unsupported',
        `${count} processors of the host are wanted for ${machine} alone, and ${free.length} are free`,
        { remedy: 'Stop a machine that has some, or take fewer.' },
      )
    }
    const byNode = Map.groupBy(free, (cpu) => this.#host.nodeOf.get(cpu) ?? 0)
    const cpus = ([...byNode.values()].find((some) => some.length >= count) ?? free).slice(0, count)
    this.#taken.set(machine, cpus)
    return cpus
  }

  /** Takes over what an adopted machine has. */
  claim(machine: string, cpus: number[]): void {
    this.#taken.set(machine, cpus)
  }

  release(machine: string): void {
    this.#taken.delete(machine)
  }

  /** What all other machines run on; undefined while no processor was given away, and nobody is to be moved. */
  shared(): number[] | undefined {
    const used = new Set([...this.#taken.values()].flat())
    return used.size === 0 ? undefined : this.#host.usable.filter((cpu) => !used.has(cpu))
  }

  /** All that may be used: for machines that are let go of the shared ones. */
  all(): number[] {
    return this.#host.usable
  }
}
