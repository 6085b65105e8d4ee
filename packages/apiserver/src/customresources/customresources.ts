/** Custom resources: the kind that declares them, and the controller that serves what is declared. */

import type { Clock, Logger } from '@berth/base'
import type { SchemaSet } from '@berth/meta'
import type { ResourceDefinition } from '../resource/definition.ts'
import type { ResourceRegistry } from '../resource/registry.ts'
import type { Store } from '../storage/store.ts'
import { startController, type CustomResourceController } from './controller.ts'
import { crdDefinition } from './definition.ts'
import { celRules } from './cel-rules.ts'

export interface CustomResourcesOptions {
  store: Store
  /** Those of the built-in kinds; CustomResourceDefinition is among them. */
  schemas: SchemaSet
  clock: Clock
  logger: Logger
  /** A number in [0, 1), for the jitter of retries. */
  random: () => number
}

export interface CustomResources {
  /** To be registered with the server's other kinds. */
  readonly definitions: ResourceDefinition[]
  /**
   * Serves every established custom kind before it returns, and follows all changes from then on. To be called with the server's
   * registry, before the server listens and before other controllers start.
   */
  start(server: { registry: ResourceRegistry }): CustomResourceController
}

export function customResources(options: CustomResourcesOptions): CustomResources {
  const { store, schemas, clock, logger, random } = options
  return {
    definitions: [crdDefinition(schemas, celRules)],
    start: ({ registry }) =>
      startController({
        store,
        registry,
        clock,
        logger,
        random,
        rules: celRules,
      }),
  }
}
