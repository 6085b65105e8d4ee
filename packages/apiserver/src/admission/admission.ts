/** All of dynamic admission in one piece: the kinds that configure it and the plug-ins that obey them. */

import type { Clock, Logger } from '@berth/base'
import type { SchemaSet } from '@berth/meta'
import type { Authorizer } from '../auth/user.ts'
import type { ResourceDefinition } from '../resource/definition.ts'
import type { ResourceRegistry } from '../resource/registry.ts'
import type { ServerMetrics } from '../metrics/metrics.ts'
import type { Store } from '../storage/store.ts'
import type { ApiHandler } from '../transport.ts'
import { admissionKinds } from './kinds/definitions.ts'
import type { AdmissionPlugin } from './plugin.ts'
import { policyAdmission } from './policies.ts'
import { startTypeChecking } from './policy/type-check-controller.ts'
import { WebhookMetrics } from './webhook/metrics.ts'
import type { ResolveService } from './webhook/services.ts'
import { webhookAdmission } from './webhooks.ts'

export interface DynamicAdmissionOptions {
  store: Store
  schemas: SchemaSet
  /** Answers `authorizer` in expressions. */
  authorizer: Authorizer
  logger: Logger
  clock: Clock
  /** A number in [0, 1), for jitter. */
  random: () => number
  /** A version 4 UUID. */
  uuid: () => string
  /** The way to the service of a webhook; endpoints in the store unless given. */
  resolveService?: ResolveService
}

export interface DynamicAdmission {
  readonly definitions: readonly ResourceDefinition[]
  /** In the order Kubernetes asks them; they come after what fills in defaults and before quotas. */
  readonly plugins: readonly AdmissionPlugin[]
  /** To be called once the server that has them is there: from then on the types in policies are checked. */
  start(server: { registry: ResourceRegistry; metrics: ServerMetrics; handler: ApiHandler }): void
  close(): Promise<void>
}

export function dynamicAdmission(options: DynamicAdmissionOptions): DynamicAdmission {
  const { schemas, ...services } = options
  const metrics = new WebhookMetrics()
  let registry: ResourceRegistry | undefined
  let stopTypeChecking = async (): Promise<void> => {}
  const policies = policyAdmission({
    ...services,
    registry() {
      if (registry === undefined) throw new Error('admission was asked before it was started')
      return registry
    },
  })
  const webhooks = webhookAdmission({ ...services, metrics })
  return {
    definitions: admissionKinds({ schemas }),
    plugins: [policies.mutating, webhooks.mutating, policies.validating, webhooks.validating],
    start(server) {
      registry = server.registry
      metrics.registerIn(server.metrics.registry)
      stopTypeChecking = startTypeChecking({ ...options, registry, handler: server.handler })
    },
    async close() {
      await stopTypeChecking()
      policies.close()
      webhooks.close()
    },
  }
}
