/** The first machine of a new data directory: boots the built-in guest and waits for its greeting. */

import { builtInGuest, type VirtualMachine, virtualMachines } from '@berth/api'
import { wait } from '@berth/kube'
import { EngineError } from './errors.ts'
import type { Engine } from './engine.ts'

export interface SampleResult {
  namespace: string
  name: string
  /** The guest's own words. */
  greeting: string
  runningMs: number
}

const namespace = 'default'
const name = 'hello'
/** Emulated boots take a few seconds; a busy machine is given ten times that. */
const greetingTimeoutMs = 60_000
const pollMs = 50

/** As a newcomer would write it; `kubectl get vm hello -o yaml` shows it. */
export const sampleMachine: VirtualMachine = {
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachine',
  metadata: { name, namespace, labels: { app: 'hello' } },
  spec: {
    runStrategy: 'Always',
    template: {
      metadata: { labels: { app: 'hello' } },
      spec: {
        terminationGracePeriodSeconds: 10,
        domain: {
          memory: { guest: '128Mi' },
          firmware: {
            kernelBoot: {
              container: {
                image: builtInGuest.image,
                kernelPath: builtInGuest.kernelPath,
                initrdPath: builtInGuest.initrdPath,
              },
            },
          },
          devices: { rng: {}, interfaces: [{ name: 'default', masquerade: {} }] },
        },
        networks: [{ name: 'default', pod: {} }],
      },
    },
  },
}

/** @throws {EngineError} MissingDependency when the guest does not greet in time */
export async function createSample(
  engine: Engine,
  { signal, onStep }: { signal: AbortSignal; onStep: (text: string) => void },
): Promise<SampleResult> {
  const { services } = engine
  const { marker } = await services.images.tinyGuest(({ step }) => onStep(`Preparing the built-in guest: ${step}`))
  const started = performance.now()
  await services.client.create(virtualMachines, sampleMachine)
  const domain = await poll(() => {
    const instance = services.informers.instances.get(namespace, name)
    return services.driver.get(instance?.metadata.uid ?? '')
  })
  const runningMs = performance.now() - started
  let text = ''
  const listening = AbortSignal.any([signal, AbortSignal.timeout(greetingTimeoutMs)])
  for await (const chunk of domain.serialLog({ follow: true, signal: listening })) {
    text += Buffer.from(chunk).toString('utf8')
    const greeting = text.split(/\r?\n/).find((line) => line.includes(marker))
    if (greeting !== undefined && text.includes('\n', text.indexOf(marker)))
      return { namespace, name, greeting: greeting.trim(), runningMs }
  }
  throw new EngineError('MissingDependency', `VirtualMachine "${namespace}/${name}" did not greet on its console`, {
    remedy: 'See what it printed with `berth vm logs hello`.',
  })

  async function poll<T>(look: () => T | undefined): Promise<T> {
    const deadline = performance.now() + greetingTimeoutMs
    while (performance.now() < deadline) {
      const found = look()
      if (found !== undefined) return found
      await wait(services.clock, pollMs, signal)
      signal.throwIfAborted()
    }
    throw new EngineError('MissingDependency', `VirtualMachine "${namespace}/${name}" did not start`, {
      remedy: 'See why with `berth vm why hello`.',
    })
  }
}
