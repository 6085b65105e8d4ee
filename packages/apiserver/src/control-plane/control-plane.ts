/** An API server with everything around it: RBAC, tokens, built-in kinds, and the controllers that keep the API's promises. */

import { randomUUID } from 'node:crypto'
import { silentLogger } from '@berth/base'
import { createAuthenticator } from '../auth/authenticate.ts'
import { ensureBootstrapPolicy } from '../auth/bootstrap.ts'
import { RbacAuthorizer } from '../auth/rbac.ts'
import { RoleAggregation } from '../auth/rbac/aggregate.ts'
import { rbacResources } from '../auth/rbac/resources.ts'
import { accessReviews } from '../auth/reviews/access.ts'
import { identityReviews } from '../auth/reviews/identity.ts'
import { createServiceAccountTokens } from '../auth/tokens/service-account-tokens.ts'
import { tokenRequest } from '../auth/tokens/token-request.ts'
import { coreDefinitions } from '../core/definitions.ts'
import { coreSchemas } from '../generated/core.ts'
import { startLifecycle } from '../lifecycle/lifecycle.ts'
import type { ResourceDefinition } from '../resource/definition.ts'
import { createApiServer } from '../server/api-server.ts'
import type { ControlPlane, ControlPlaneOptions } from './options.ts'
import { systemClock } from './system-clock.ts'

/**
 * Resolves when the system namespaces and roles are there and requests can be served.
 * @throws {StoreError} when the store cannot be written
 * @throws Error when the definitions contradict each other
 */
export async function openControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  /** Undone last to first, also when the start fails half-way. */
  const undo: (() => Promise<void> | void)[] = []
  const close = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step()
  }
  try {
    return { ...(await assemble(options, undo)), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function assemble(
  options: ControlPlaneOptions,
  undo: (() => Promise<void> | void)[],
): Promise<Omit<ControlPlane, 'close'>> {
  const { store, pki } = options
  const { clock = systemClock, logger = silentLogger, random = { uuid: randomUUID, number: Math.random } } = options
  await ensureBootstrapPolicy({ store, clock, uuid: () => random.uuid() })
  const authorizer = new RbacAuthorizer(store)
  undo.push(() => authorizer.close())
  const aggregation = new RoleAggregation({ store, logger })
  undo.push(() => aggregation.close())
  const tokens = createServiceAccountTokens({ signingKey: pki.signingKey, store, clock, uuid: () => random.uuid() })
  const api = createApiServer({
    ...options,
    definitions: [...builtIn(options, { authorizer, tokens }), ...(options.definitions ?? [])],
    schemas: { ...coreSchemas, ...options.schemas },
    authenticator: createAuthenticator({ tokens, authorizer, logger }),
    authorizer,
    clock,
    random,
    logger,
  })
  undo.push(() => api.close())
  const lifecycle = startLifecycle({
    store,
    registry: api.registry,
    handler: api.handler,
    clock,
    logger,
    random: () => random.number(),
    rootCertificate: pki.caCertificate,
  })
  undo.push(() => lifecycle.stop())
  await lifecycle.ready
  return {
    handler: api.handler,
    registry: api.registry,
    metrics: api.metrics,
    authorizer,
    tokens,
    listen: ({ host, port }) =>
      api.listen({
        host,
        port,
        tls: { key: pki.server.key, cert: pki.server.certificate, ca: pki.caCertificate },
      }),
  }
}

function builtIn(
  options: ControlPlaneOptions,
  { authorizer, tokens }: Pick<ControlPlane, 'authorizer' | 'tokens'>,
): ResourceDefinition[] {
  const { store, adapt = (definition) => definition } = options
  const core = coreDefinitions({
    schemas: coreSchemas,
    store,
    ...(options.podSubresources === undefined ? {} : { podSubresources: options.podSubresources }),
    serviceAccountToken: tokenRequest({ tokens, store }),
  })
  return [
    ...core.map((definition) => adapt(definition)),
    ...rbacResources(coreSchemas, authorizer),
    ...accessReviews(coreSchemas, authorizer),
    ...identityReviews(coreSchemas, tokens),
  ]
}
