/** An API server with everything around it: RBAC, tokens, built-in kinds, and the controllers that keep the API's promises. */

import { randomUUID } from 'node:crypto'
import { silentLogger } from '@berth/base'
import { dynamicAdmission } from '../admission/admission.ts'
import { createAuditLog, type AuditLog } from '../audit/audit-log.ts'
import { registerAuditMetrics } from '../audit/metrics.ts'
import type { AuditSink } from '../audit/sink.ts'
import { createAuthenticator } from '../auth/authenticate.ts'
import { ensureBootstrapPolicy } from '../auth/bootstrap.ts'
import { openOidcTokens, type OidcTokens } from '../auth/oidc/oidc-tokens.ts'
import { RbacAuthorizer } from '../auth/rbac.ts'
import { RoleAggregation } from '../auth/rbac/aggregate.ts'
import { rbacResources } from '../auth/rbac/resources.ts'
import { accessReviews } from '../auth/reviews/access.ts'
import { identityReviews } from '../auth/reviews/identity.ts'
import { issuerDocuments } from '../auth/tokens/issuer-documents.ts'
import { startTokenSecrets } from '../auth/tokens/secret-controller.ts'
import { createServiceAccountTokens } from '../auth/tokens/service-account-tokens.ts'
import { tokenRequest } from '../auth/tokens/token-request.ts'
import { tokenVerifier, type TokenVerifier } from '../auth/tokens/token-verifier.ts'
import { certificateDefinitions } from '../certificates/definition.ts'
import { startCertificateSigner } from '../certificates/signer.ts'
import { coreDefinitions } from '../core/definitions.ts'
import { customResources } from '../customresources/customresources.ts'
import { coreSchemas } from '../generated/core.ts'
import { startLifecycle } from '../lifecycle/lifecycle.ts'
import { limitRangeAdmission } from '../limitrange/admission.ts'
import { priorityAdmission } from '../priority/admission.ts'
import { quotaAdmission } from '../quota/admission.ts'
import { QuotaLedger } from '../quota/ledger.ts'
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
  const undo: Undo = []
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

type Undo = (() => Promise<void> | void)[]

/** What the options leave open, decided. */
type Runtime = Required<Pick<ControlPlaneOptions, 'clock' | 'logger' | 'random'>>

async function assemble(options: ControlPlaneOptions, undo: Undo): Promise<Omit<ControlPlane, 'close'>> {
  const { store, pki } = options
  const { clock = systemClock, logger = silentLogger, random = { uuid: randomUUID, number: Math.random } } = options
  const runtime = { clock, logger, random: () => random.number() }
  await ensureBootstrapPolicy({ store, clock, uuid: () => random.uuid() })
  const authorizer = new RbacAuthorizer(store)
  undo.push(() => authorizer.close())
  const aggregation = new RoleAggregation({ store, logger })
  undo.push(() => aggregation.close())
  const tokens = createServiceAccountTokens({ signingKey: pki.signingKey, store, clock, uuid: () => random.uuid() })
  const oidc = await openIssuers(options, runtime, undo)
  const verifier = tokenVerifier({ serviceAccounts: tokens, oidc })
  const audit = openAudit(options, { clock, logger, random }, undo)
  const quotas = new QuotaLedger({ store, clock })
  undo.push(() => quotas.close())
  /** Known once somebody listens; the issuer's own name until then. */
  const reached = { at: tokens.issuer }
  const custom = customResources({ store, schemas: coreSchemas, ...runtime })
  const dynamic = dynamicAdmission({
    store,
    schemas: coreSchemas,
    authorizer,
    ...runtime,
    uuid: () => random.uuid(),
  })
  undo.push(() => dynamic.close())
  const api = createApiServer({
    ...options,
    definitions: [
      ...builtIn(options, { authorizer, tokens, verifier }),
      ...dynamic.definitions,
      ...custom.definitions,
      ...(options.definitions ?? []),
    ],
    schemas: { ...coreSchemas, ...options.schemas },
    authenticator: createAuthenticator({ tokens: verifier, authorizer, logger }),
    authorizer,
    admission: [
      priorityAdmission({ store }),
      limitRangeAdmission({ store }),
      ...dynamic.plugins,
      ...(options.admission ?? []),
      // Last: what another plug-in refuses or changes must not have been counted.
      quotaAdmission(quotas),
    ],
    documents: issuerDocuments({ issuer: tokens.issuer, keys: [pki.signingKey], address: () => reached.at }),
    audit: audit === undefined ? undefined : auditedOf(audit, options),
    clock,
    random,
    logger,
  })
  undo.push(() => api.close())
  if (audit !== undefined) registerAuditMetrics(api.metrics.registry, audit)
  dynamic.start(api)
  const customController = custom.start(api)
  undo.push(() => customController.stop())
  const lifecycle = startLifecycle({
    store,
    registry: api.registry,
    handler: api.handler,
    ...runtime,
    quotas,
    rootCertificate: pki.caCertificate,
  })
  undo.push(() => lifecycle.stop())
  const signer = startCertificateSigner({ store, handler: api.handler, pki, ...runtime })
  undo.push(() => signer.stop())
  const tokenSecrets = startTokenSecrets({
    store,
    handler: api.handler,
    tokens,
    caCertificate: pki.caCertificate,
    ...runtime,
  })
  undo.push(() => tokenSecrets.stop())
  await lifecycle.ready
  return {
    handler: api.handler,
    registry: api.registry,
    metrics: api.metrics,
    authorizer,
    tokens,
    async listen({ host, port }) {
      const tls = { key: pki.server.key, cert: pki.server.certificate, ca: pki.caCertificate }
      const listener = await api.listen({ host, port, tls })
      const name = listener.host.includes(':') ? `[${listener.host}]` : listener.host
      reached.at = `https://${name}:${listener.port}`
      return listener
    },
  }
}

async function openIssuers(
  { issuers = [] }: ControlPlaneOptions,
  runtime: Pick<Runtime, 'clock' | 'logger'> & { random: () => number },
  undo: Undo,
): Promise<OidcTokens | undefined> {
  if (issuers.length === 0) return undefined
  const oidc = await openOidcTokens({ issuers, ...runtime })
  undo.push(() => oidc.close())
  return oidc
}

function openAudit(
  { audit }: ControlPlaneOptions,
  { clock, logger, random }: Runtime,
  undo: Undo,
): AuditLog | undefined {
  if (audit === undefined) return undefined
  const log = createAuditLog({ clock, logger, uuid: () => random.uuid(), ...audit })
  undo.push(() => log.close())
  return log
}

/** The machinery's own writes are no one's deed, and the most there are. */
function auditedOf(log: AuditLog, { audit }: ControlPlaneOptions): AuditSink {
  if (audit?.internal === true) return log
  return {
    begin: (request, attributes) => (request.remoteAddress === undefined ? undefined : log.begin(request, attributes)),
  }
}

function builtIn(
  options: ControlPlaneOptions,
  { authorizer, tokens, verifier }: Pick<ControlPlane, 'authorizer' | 'tokens'> & { verifier: TokenVerifier },
): ResourceDefinition[] {
  const { store } = options
  const core = coreDefinitions({
    schemas: coreSchemas,
    store,
    ...(options.podSubresources === undefined ? {} : { podSubresources: options.podSubresources }),
    serviceAccountToken: tokenRequest({ tokens, store }),
  })
  return [
    ...core.map((definition) => options.adapt?.(definition) ?? definition),
    ...rbacResources(coreSchemas, authorizer),
    ...accessReviews(coreSchemas, authorizer),
    ...identityReviews(coreSchemas, verifier),
    ...certificateDefinitions({ schemas: coreSchemas, authorizer }),
  ]
}
