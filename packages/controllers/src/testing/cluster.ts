/**
 * A cluster of a test's own: a real API server in memory on a clock that the test moves. Berth's kinds come from the definitions that are installed
 * on clusters; KubeVirt's are there as kinds without rules, so that the test plays their controllers.
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openControlPlane, openPki, type ControlPlane } from '@berth/apiserver'
import type { Clock } from '@berth/base'
import { createClient, createLocalTransport, systemClock, type Client, type Transport } from '@berth/kube'
import { resource, type JsonObject, type KubeObject } from '@berth/meta'
import { createMemoryStore } from '@berth/store'
import { installDefinitions } from '../cluster/install.ts'
import { MovedClock } from './moved-clock.ts'

const definitions = resource<KubeObject & JsonObject>({
  apiVersion: 'apiextensions.k8s.io/v1',
  resource: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
})

/** Turns of the event loop without a request after which nothing more is coming. */
const quietTurns = 8

export class TestCluster implements AsyncDisposable {
  readonly clock: MovedClock
  readonly client: Client
  #plane: ControlPlane
  #directory: string
  #asking = 0

  private constructor(plane: ControlPlane, directory: string, clock: MovedClock) {
    this.#plane = plane
    this.#directory = directory
    this.clock = clock
    this.client = createClient(this.transport())
  }

  static async start(): Promise<TestCluster> {
    const directory = await mkdtemp(join(tmpdir(), 'berth-controllers-'))
    const clock = new MovedClock()
    // The server's own chores have timers in real time: going through all of them would take most of a test's.
    const serverClock: Clock = { now: () => clock.now(), after: (ms, callback) => systemClock.after(ms, callback) }
    const pki = await openPki({ directory, clock })
    const plane = await openControlPlane({ store: createMemoryStore(), pki, clock: serverClock })
    const cluster = new TestCluster(plane, directory, clock)
    await installDefinitions(cluster.client)
    for (const [group, kind] of foreignKinds) await cluster.client.create(definitions, foreign(group, kind))
    await cluster.settle()
    return cluster
  }

  /** One more way in, whose requests count as something going on. @param before may fail a request, as a crash or a broken network does */
  transport(before: (method: string, path: string) => Promise<void> = async () => {}): Transport {
    const user = { name: 'admin', groups: ['system:masters', 'system:authenticated'] }
    const transport = createLocalTransport({ handle: this.#plane.handler, user })
    return {
      ...transport,
      request: async (request) => {
        if (request.path.includes('watch=')) return transport.request(request)
        this.#asking += 1
        try {
          await before(request.method, request.path)
          return await transport.request(request)
        } finally {
          this.#asking -= 1
        }
      },
    }
  }

  /** Until nobody asks the server for anything. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < quietTurns; quiet += 1) {
      await new Promise((resolve) => setImmediate(resolve))
      if (this.#asking > 0) quiet = 0
    }
  }

  advance(ms: number): Promise<void> {
    return this.clock.advance(ms, () => this.settle())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#plane.close()
    await rm(this.#directory, { recursive: true, force: true })
  }
}

const foreignKinds = [
  ['kubevirt.io/v1', 'VirtualMachine'],
  ['kubevirt.io/v1', 'VirtualMachineInstance'],
  ['cdi.kubevirt.io/v1beta1', 'DataVolume'],
  ['cdi.kubevirt.io/v1beta1', 'DataSource'],
  ['snapshot.kubevirt.io/v1beta1', 'VirtualMachineSnapshot'],
  ['snapshot.kubevirt.io/v1beta1', 'VirtualMachineRestore'],
] as const

function foreign(apiVersion: string, kind: string): KubeObject & JsonObject {
  const [group = '', version = ''] = apiVersion.split('/')
  const plural = `${kind.toLowerCase()}s`
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural, kind, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  }
}
