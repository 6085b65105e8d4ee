/** What a whole control plane is made of, and what it offers. */

import type { Clock, Logger } from '@berth/base'
import type { SchemaSet } from '@berth/meta'
import type { AdmissionPlugin } from '../admission/plugin.ts'
import type { AuditLogOptions } from '../audit/audit-log.ts'
import type { IssuerOptions } from '../auth/oidc/issuer-options.ts'
import type { Pki } from '../auth/pki.ts'
import type { RbacAuthorizer } from '../auth/rbac.ts'
import type { ServiceAccountTokens } from '../auth/tokens/service-account-tokens.ts'
import type { GroupPresentation } from '../discovery/source.ts'
import type { ResourceDefinition, Subresource } from '../resource/definition.ts'
import type { ServerLimits } from '../server/limits.ts'
import type { ApiServer, HealthCheck, Listener } from '../server/options.ts'
import type { RandomSource } from '../server/random-source.ts'
import type { RawPath } from '../server/raw-paths.ts'
import type { Store } from '../storage/store.ts'

export interface ControlPlaneOptions {
  store: Store
  pki: Pki
  /** Kinds of your own, beside Kubernetes' built-in ones. */
  definitions?: readonly ResourceDefinition[]
  /** What `ref`s of your kinds' schemas name. */
  schemas?: SchemaSet
  presentation?: Readonly<Record<string, GroupPresentation>>
  /** Uploads, downloads: what is no resource and has credentials of its own. */
  rawPaths?: readonly RawPath[]
  /** `log`, `exec`, `attach`, `portforward`, `eviction`: whatever runs pods brings them. */
  podSubresources?: Record<string, Subresource>
  /** Changes a built-in kind before it is served: rules of the host, for one. */
  adapt?(definition: ResourceDefinition): ResourceDefinition
  /** Asked about every write after the built-in plug-ins, and before the quotas. */
  admission?: readonly AdmissionPlugin[]
  /** Nothing is kept of requests without it. */
  audit?: Pick<AuditLogOptions, 'path'> &
    Partial<AuditLogOptions> & {
      /** True keeps what the server's own controllers do as well, in this process. */
      internal?: boolean
    }
  /** OpenID Connect issuers whose tokens are taken; `readAuthenticationConfiguration` makes them. */
  issuers?: readonly IssuerOptions[]
  /** The machine's unless given. */
  clock?: Clock
  random?: RandomSource
  /** Silent unless given. */
  logger?: Logger
  limits?: Partial<ServerLimits>
  healthChecks?: readonly HealthCheck[]
  /** `v1.33.0+berth` unless given. */
  gitVersion?: string
}

export interface ControlPlane extends Omit<ApiServer, 'listen'> {
  readonly authorizer: RbacAuthorizer
  readonly tokens: ServiceAccountTokens
  /** Serves TLS with the PKI's certificate. */
  listen(where: { host: string; port: number }): Promise<Listener>
  /** Stops controllers, watches and listeners; the store is left to its owner. */
  close(): Promise<void>
}
