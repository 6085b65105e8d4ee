/** An engine of a test's own: simulated machines in a folder that goes away, and the verbs tests are written in. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '@berth/base'
import { type VirtualMachine, type VirtualMachineInstance, virtualMachineInstances, virtualMachines } from '@berth/api'
import type { Domain, Driver } from '@berth/hypervisor'
import { createSimulatedDriver, type SimulatedDriverOptions } from '@berth/hypervisor'
import { type Json, type KubeObject, type Resource } from '@berth/meta'
import { StatusError } from '@berth/meta'
import { events, type Client, type EventObject } from '@berth/kube'
import { createClient, createLocalTransport } from '@berth/kube'
import { startEngine, type Engine, type EngineOptions } from '../engine.ts'
import { LeapingClock } from './leaping-clock.ts'
import { StartedOnce } from './started-once.ts'
import { until } from './until.ts'

export const namespace = 'default'

export interface TestEngineOptions {
  /** Not given: one of its own, in which an engine ran before. */
  dataDir?: string
  simulated?: Pick<SimulatedDriverOptions, 'bootDelayMs' | 'shutdownDelayMs'>
  /** Puts something between the engine and the simulated driver. */
  wrap?: (driver: Driver) => Driver
  engine?: Partial<EngineOptions>
}

/** Use with `await using`. */
export class TestEngine implements AsyncDisposable {
  readonly engine: Engine
  readonly clock: LeapingClock
  /** Signed in as an administrator, who is refused what any person is refused. */
  readonly client: Client
  readonly dataDir: string
  readonly #ownsFolder: boolean

  private constructor(parts: { engine: Engine; clock: LeapingClock; dataDir: string; ownsFolder: boolean }) {
    this.engine = parts.engine
    this.clock = parts.clock
    this.dataDir = parts.dataDir
    this.#ownsFolder = parts.ownsFolder
    const user = { name: 'admin', groups: ['system:masters', 'system:authenticated'] }
    this.client = createClient(createLocalTransport({ handle: this.engine.api.handler, user }))
  }

  static async start(options: TestEngineOptions = {}): Promise<TestEngine> {
    const dataDir = options.dataDir ?? (await usedFolder())
    const clock = new LeapingClock()
    const driver = await createSimulatedDriver({
      stateFile: join(dataDir, 'simulated.json'),
      clock,
      ...options.simulated,
    })
    const engine = await startEngine({
      dataDir,
      port: 0,
      driver: options.wrap?.(driver) ?? driver,
      logger: silentLogger,
      clock,
      random: () => 0,
      ...options.engine,
    })
    return new TestEngine({ engine, clock, dataDir, ownsFolder: options.dataDir === undefined })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.transport.close()
    await this.engine.close()
    if (this.#ownsFolder) await rm(this.dataDir, { recursive: true, force: true })
  }

  create(machine: VirtualMachine): Promise<VirtualMachine> {
    return this.client.create(virtualMachines, machine)
  }

  machine(name: string): Promise<VirtualMachine | undefined> {
    return this.find(virtualMachines, name)
  }

  instance(name: string): Promise<VirtualMachineInstance | undefined> {
    return this.find(virtualMachineInstances, name)
  }

  /** undefined when it is not there. */
  async find<T extends KubeObject>(
    resource: Resource<T>,
    name: string,
    inNamespace = namespace,
  ): Promise<T | undefined> {
    try {
      return await this.client.get(resource, { name, ...(resource.namespaced ? { namespace: inNamespace } : {}) })
    } catch (error) {
      if (error instanceof StatusError && error.code === 'NotFound') return undefined
      throw error
    }
  }

  /** The machine with this printable status. */
  async shows(name: string, status: string): Promise<VirtualMachine> {
    return until(
      `${name} shows ${status}`,
      () => this.machine(name),
      (machine) => machine?.status?.printableStatus === status,
    )
  }

  async running(name: string): Promise<VirtualMachineInstance> {
    return until(
      `${name} runs`,
      () => this.instance(name),
      (instance) => instance?.status?.phase === 'Running' && instance.metadata.deletionTimestamp === undefined,
    )
  }

  async gone<T extends KubeObject>(resource: Resource<T>, name: string, inNamespace = namespace): Promise<void> {
    await until(
      `${resource.kind} ${name} is gone`,
      () => this.find(resource, name, inNamespace),
      (found) => found === undefined,
    )
  }

  /** The simulated machine behind a running instance. */
  domain(instance: VirtualMachineInstance): Domain {
    const domain = this.engine.services.driver.get(instance.metadata.uid ?? '')
    if (domain === undefined) throw new Error(`no domain of ${instance.metadata.name ?? ''}`)
    return domain
  }

  /** start, stop, restart, pause and the like. */
  async act(name: string, action: string, body: Json = {}): Promise<void> {
    const onInstance = ['pause', 'unpause', 'reset', 'softreboot', 'freeze', 'unfreeze'].includes(action)
    const resource = onInstance ? 'virtualmachineinstances' : 'virtualmachines'
    const path = `/apis/subresources.kubevirt.io/v1/namespaces/${namespace}/${resource}/${name}/${action}`
    await this.client.raw({ method: 'PUT', path, body })
  }

  /** Events about the objects of this name, oldest first: `reason: message`. */
  async events(name: string): Promise<string[]> {
    const { services } = this.engine
    await Promise.all([services.events.flush(), services.handlerEvents.flush()])
    const { items } = await this.client.list<EventObject>(events, { namespace })
    return items
      .filter((event) => event.involvedObject.name === name)
      .map((event) => `${event.reason ?? ''}: ${event.message ?? ''}`)
  }
}

export function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'berth-engine-'))
}

const startedOnce = new StartedOnce(async () => {
  const dataDir = await temporaryFolder()
  await using _ = await TestEngine.start({ dataDir })
  return dataDir
})

async function usedFolder(): Promise<string> {
  const folder = await temporaryFolder()
  await startedOnce.putInto(folder)
  return folder
}
