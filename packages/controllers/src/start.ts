/** Starts the controllers of the table on one client: the engine's own, or that of a cluster. */

import { silentLogger, type Clock, type Logger } from '@berth/base'
import { runAsLeader, systemClock, wait, type Client } from '@berth/kube'
import type { ControllerDefinition, ControllerParts, RunningController } from './controller.ts'
import { ControllersError } from './errors.ts'
import { controllers } from './table.ts'

export interface ControllersOptions {
  client: Client
  clock?: Clock
  /** 0 to just under 1. */
  random?: () => number
  logger?: Logger
  /** Who acts: host name and a random part, unique per process. */
  identity: string
  /** Only objects of this namespace; all namespaces when absent. */
  namespace?: string
  /** Names of the table (`snapshot-policies`); all of them when absent. */
  only?: readonly string[]
}

/**
 * Starts controllers at once. For a server that only this process acts for (the engine); beside a cluster use
 * {@link runControllers}.
 * @throws {ControllersError} UnknownController
 */
export function startControllers(options: ControllersOptions): RunningController {
  const { client, clock = systemClock, random = Math.random, logger = silentLogger, identity } = options
  const parts: ControllerParts = {
    client,
    clock,
    random,
    logger,
    identity,
    ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
  }
  const running = chosen(options.only).map((definition) => definition.start(parts))
  return {
    ready: allReady(running),
    async stop() {
      await Promise.all(running.map((controller) => controller.stop()))
    },
  }
}

export interface LeasedOptions extends ControllersOptions {
  /** Where the Lease lies; its name is the same for all who run these controllers. */
  leaseNamespace: string
  signal: AbortSignal
  /** Told when this process begins and ends to act. */
  onLeading?: (leading: boolean) => void
}

const leaseName = 'berth-controllers'

/**
 * Runs controllers beside a Kubernetes cluster until `signal` aborts: of all who do so with one namespace for their Lease, one acts
 * and the others wait for it to go.
 * @throws {ControllersError} UnknownController
 */
export async function runControllers(options: LeasedOptions): Promise<void> {
  const { client, identity, leaseNamespace, signal, onLeading } = options
  const { clock = systemClock, random = Math.random, logger = silentLogger } = options
  // A wrong name is told before, not after the wait for the lease.
  chosen(options.only)
  await runAsLeader(
    { client, namespace: leaseNamespace, name: leaseName, identity, clock, random, logger },
    async (leading) => {
      onLeading?.(true)
      const running = startControllers(options)
      await untilAborted(clock, leading)
      await running.stop()
      onLeading?.(false)
    },
    signal,
  )
}

/** @throws {ControllersError} UnknownController */
function chosen(only: readonly string[] | undefined): readonly ControllerDefinition[] {
  if (only === undefined) return controllers
  return only.map((name) => {
    const found = controllers.find((definition) => definition.name === name)
    if (found !== undefined) return found
    throw new ControllersError('UnknownController', `there is no controller "${name}"`, {
      remedy: `Name one of these: ${controllers.map((definition) => definition.name).join(', ')}.`,
    })
  })
}

/** A day at a time, so that any clock can do it. */
async function untilAborted(clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) await wait(clock, 86_400_000, signal)
}

async function allReady(running: readonly RunningController[]): Promise<void> {
  await Promise.all(running.map(({ ready }) => ready))
}
