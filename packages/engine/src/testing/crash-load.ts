/** Clients that change machines and config maps through the TLS API until the engine dies, and remember what was acknowledged. */

import { configMaps, type Client, type ConfigMap } from '@berth/kube'
import { type VirtualMachine, virtualMachines } from '@berth/api'
import { StatusError, type KubeObject } from '@berth/meta'
import type { Resource } from '@berth/meta'
import { Promised } from './acknowledged.ts'
import { dataVolumeOf, machineOf } from './manifests.ts'

const namespace = 'default'

export class LoadClient {
  readonly machines: Promised[]
  readonly configs: Promised[]
  readonly #random: () => number
  #count = 0
  acknowledged = 0

  constructor(index: number, random: () => number) {
    this.#random = random
    this.machines = [0, 1].map((each) => new Promised(`vm-${index}-${each}`))
    this.configs = [0, 1].map((each) => new Promised(`config-${index}-${each}`))
  }

  /** One request after the other; ends when the engine does. */
  async run(client: Client): Promise<void> {
    for (;;) {
      try {
        const accepted = this.#random() < 0.5 ? await this.#changeConfig(client) : await this.#changeMachine(client)
        if (accepted) this.acknowledged += 1
      } catch (error) {
        // A status is an answer, and what the client asked for was wrong; the rest is a connection that died.
        if (error instanceof StatusError) throw error
        return
      }
    }
  }

  async check(client: Client): Promise<void> {
    for (const config of this.configs) config.check(await configState(client, config.name))
    for (const machine of this.machines) machine.check(machineState(await find(client, virtualMachines, machine.name)))
  }

  #changeConfig(client: Client): Promise<boolean> {
    const config = this.#pick(this.configs)
    const { name, known } = config
    this.#count += 1
    const object: ConfigMap = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace },
      data: { count: String(this.#count) },
    }
    if (known === 'absent') return config.write(String(this.#count), () => client.create(configMaps, object))
    if (this.#random() < 0.2) return config.write('absent', () => client.delete(configMaps, { namespace, name }))
    return config.write(String(this.#count), () => client.update(configMaps, object))
  }

  #changeMachine(client: Client): Promise<boolean> {
    const machine = this.#pick(this.machines)
    const { name, known } = machine
    const target = { namespace, name }
    this.#count += 1
    const label = String(this.#count)
    if (known === 'absent') {
      return machine.write(`${label} Always`, () => client.create(virtualMachines, loadMachine(name, label)))
    }
    const [current = '', strategy = ''] = known.split(' ')
    const dice = this.#random()
    if (dice < 0.15) return machine.write('absent', () => client.delete(virtualMachines, target))
    if (dice < 0.5) {
      const patch = { metadata: { labels: { count: label } } }
      return machine.write(`${label} ${strategy}`, () =>
        client.patch(virtualMachines, target, { type: 'merge', patch }),
      )
    }
    const action = strategy === 'Always' ? 'stop' : 'start'
    const path = `/apis/subresources.kubevirt.io/v1/namespaces/${namespace}/virtualmachines/${name}/${action}`
    const next = `${current} ${strategy === 'Always' ? 'Halted' : 'Always'}`
    return machine.write(next, () => client.raw({ method: 'PUT', path, body: {} }))
  }

  #pick<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.#random() * items.length)]
    if (item === undefined) throw new Error('nothing to pick from')
    return item
  }
}

/** With disks of all kinds, so that there is something to leave behind; a guest that never listens to the power button. */
export function loadMachine(name: string, label: string): VirtualMachine {
  const disk = `${name}-disk`
  const machine = machineOf(name, {
    spec: {
      terminationGracePeriodSeconds: 0,
      domain: { memory: { guest: '64Mi' }, devices: { autoattachGraphicsDevice: false } },
      volumes: [
        { name: 'root', dataVolume: { name: disk } },
        { name: 'scratch', emptyDisk: { capacity: '8Mi' } },
        { name: 'seed', cloudInitNoCloud: { userData: '#cloud-config\n' } },
      ],
    },
    dataVolumeTemplates: [{ metadata: { name: disk }, spec: dataVolumeOf(disk).spec }],
  })
  return { ...machine, metadata: { ...machine.metadata, labels: { count: label } } }
}

async function configState(client: Client, name: string): Promise<string> {
  return (await find(client, configMaps, name))?.data?.['count'] ?? 'absent'
}

/** A machine that is being deleted was deleted, as far as its client is concerned. */
function machineState(machine: VirtualMachine | undefined): string {
  if (machine === undefined || machine.metadata.deletionTimestamp !== undefined) return 'absent'
  return `${machine.metadata.labels?.['count'] ?? ''} ${machine.spec.runStrategy ?? ''}`
}

async function find<T extends KubeObject>(client: Client, resource: Resource<T>, name: string): Promise<T | undefined> {
  try {
    return await client.get(resource, { namespace, name })
  } catch (error) {
    if (error instanceof StatusError && error.code === 'NotFound') return undefined
    throw error
  }
}
