/** What tests do with machines, in words: make one, wait for what it becomes, act on it as `virtctl` would. */

import { virtualMachineInstances, virtualMachines, type VirtualMachineInstance } from '@berth/api'
import { pods, readText } from '@berth/kube'
import { eventually } from './eventually.ts'
import { guestMachine, type GuestOptions } from './manifests.ts'
import type { RawAnswer } from './raw-request.ts'
import { uniqueName, type TestEngine } from './test-engine.ts'

/** The built-in guest's first words. */
export const guestGreeting = 'berth guest ready'
/** An emulated boot takes three seconds on an idle machine. */
const bootTimeoutMs = 90_000

const resources = { vm: 'virtualmachines', vmi: 'virtualmachineinstances' } as const

/** The path of a subresource; `kind` as in `kubectl get`. */
export function subresourcePath(kind: 'vm' | 'vmi', name: string, action: string, namespace = 'default'): string {
  return `/apis/subresources.kubevirt.io/v1/namespaces/${namespace}/${resources[kind]}/${name}/${action}`
}

export interface MachineVerbs {
  /** A machine in namespace `default` with a name of its own; its guest gets no time to shut down unless `spec` says so. */
  create: (prefix: string, options?: GuestOptions) => Promise<string>
  /** `status.printableStatus` */
  status: (name: string) => Promise<string>
  becomes: (name: string, status: string) => Promise<unknown>
  instance: (name: string) => Promise<VirtualMachineInstance | undefined>
  /** Waits for an instance of that phase other than the one named by `not`. */
  instanceBecomes: (name: string, phase: string, not?: VirtualMachineInstance) => Promise<VirtualMachineInstance>
  /** PUT to a subresource. */
  act: (kind: 'vm' | 'vmi', name: string, action: string, body?: object) => Promise<RawAnswer>
  /** What the guest printed in this run of the machine, as `kubectl logs` of the launcher pod has it. */
  logs: (name: string) => Promise<string>
  /** How often the guest has booted in this run of the machine. */
  greetings: (name: string) => Promise<number>
  greeted: (name: string) => Promise<unknown>
  /** Reasons of all events on the machine and its instances, oldest first. */
  eventReasons: (name: string) => Promise<string[]>
}

export function machineVerbs(engine: () => TestEngine): MachineVerbs {
  /** Without a program or a connection: what is asked again and again must not take the processor from the guests. */
  const client = (): TestEngine['client'] => engine().client
  const named = (name: string) => ({ namespace: 'default', fieldSelector: `metadata.name=${name}` })

  const verbs: MachineVerbs = {
    async create(prefix, options = {}) {
      const name = uniqueName(prefix)
      const manifest = guestMachine(name, {
        ...options,
        spec(spec) {
          spec.terminationGracePeriodSeconds = 0
          options.spec?.(spec)
        },
      })
      await client().create(virtualMachines, manifest)
      return name
    },
    status: async (name) => (await client().list(virtualMachines, named(name))).items[0]?.status?.printableStatus ?? '',
    becomes: (name, wanted) =>
      eventually(
        async () => {
          const status = await verbs.status(name)
          if (status !== wanted) throw new Error(`it is ${status}`)
          return true
        },
        { what: `${name} to be ${wanted}`, timeoutMs: bootTimeoutMs },
      ),
    instance: async (name) => (await client().list(virtualMachineInstances, named(name))).items[0],
    instanceBecomes: (name, phase, not) =>
      eventually(
        async () => {
          const found = await verbs.instance(name)
          if (found === undefined || found.metadata.uid === not?.metadata.uid) return undefined
          return found.status?.phase === phase ? found : undefined
        },
        { what: `instance ${name} to be ${phase}`, timeoutMs: bootTimeoutMs },
      ),
    act: (kind, name, action, body = {}) =>
      engine().raw({ method: 'PUT', path: subresourcePath(kind, name, action), body: JSON.stringify(body) }),
    async logs(name) {
      const { items } = await client().list(pods, {
        namespace: 'default',
        labelSelector: `vm.kubevirt.io/name=${name}`,
      })
      const path = `/api/v1/namespaces/default/pods/${items[0]?.metadata.name ?? ''}/log`
      const answer = await client().transport.request({ method: 'GET', path })
      const text = await readText(answer)
      return answer.code === 200 ? text : ''
    },
    greetings: async (name) => (await verbs.logs(name)).split(guestGreeting).length - 1,
    greeted: (name) =>
      eventually(async () => (await verbs.greetings(name)) > 0, {
        what: `${name} to greet`,
        timeoutMs: bootTimeoutMs,
      }),
    async eventReasons(name) {
      const selector = `involvedObject.name=${name}`
      const reasons = '{.items[*].reason}'
      const text = await engine().kubectl('get', 'events', '--field-selector', selector, '-o', `jsonpath=${reasons}`)
      return text.split(' ')
    },
  }
  return verbs
}

/** For `GuestOptions.spec`: a guest that ends by itself as soon as it has booted. */
export const poweringOff: NonNullable<GuestOptions['spec']> = ({ domain }) => {
  const boot = domain.firmware?.kernelBoot
  if (boot !== undefined) boot.kernelArgs = 'berth.probe=1'
}

/**
 * For `GuestOptions.spec`: real firmware in a real QEMU that finds nothing to boot and waits. Where a test asks nothing of the guest, this
 * takes a tenth of a second of a processor, and a boot by emulation three.
 */
export const withoutKernel: NonNullable<GuestOptions['spec']> = ({ domain }) => {
  delete domain.firmware
}
