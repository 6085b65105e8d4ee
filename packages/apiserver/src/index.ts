export { internalUser, type Attributes, type Authorizer, type Decision, type UserInfo } from './auth/user.ts'
export type {
  PrinterColumn,
  RequestContext,
  ResourceDefinition,
  ResourceRules,
  ResourceVersionDefinition,
  Subresource,
  SubresourceAnswer,
  SubresourceRequest,
} from './resource/definition.ts'
export {
  StoreError,
  type ListOptions,
  type ListResult,
  type Store,
  type StoredObject,
  type StoreErrorCode,
  type StoreEvent,
  type WatchHandle,
  type Write,
} from './storage/store.ts'
export { endChannel, sendsBytes, type ChannelEnd } from './server/websocket-channel.ts'
export type { ApiAnswer, ApiHandler, ApiRequest } from './transport.ts'
export { type ServerMetrics } from './metrics/metrics.ts'
export { type DeletionRules } from './resource/definition.ts'
export { ResourceRegistry, type ApiGroup, type RegistryChange, type RegistryListener } from './resource/registry.ts'
export { collectionOf, keyOf, listKindOf, servedVersionOf, storageVersionOf, verbsOf } from './resource/traits.ts'
export { compareVersions } from './resource/version-order.ts'
export { type Authenticator, type Credentials, type PeerCertificate } from './server/authenticator.ts'
export { openControlPlane } from './control-plane/control-plane.ts'
export { makeKubeconfig, type KubeconfigOptions } from './control-plane/kubeconfig.ts'
export { type ControlPlane, type ControlPlaneOptions } from './control-plane/options.ts'
export { systemClock } from './control-plane/system-clock.ts'
export { createApiServer } from './server/api-server.ts'
export { defaultLimits, type ServerLimits } from './server/limits.ts'
export {
  type ApiServer,
  type ApiServerOptions,
  type HealthCheck,
  type ListenOptions,
  type Listener,
} from './server/options.ts'
export { type RandomSource } from './server/random-source.ts'
export { type RawAnswer, type RawPath, type RawRequest } from './server/raw-paths.ts'
export { createAuthenticator, type AuthenticatorOptions } from './auth/authenticate.ts'
export { defaultClusterRoleBindings, defaultClusterRoles } from './auth/bootstrap-policy.ts'
export { ensureBootstrapPolicy, type BootstrapOptions } from './auth/bootstrap.ts'
export {
  anonymousUser,
  groups,
  parseServiceAccountUser,
  serviceAccountGroups,
  serviceAccountUser,
} from './auth/names.ts'
export {
  openPki,
  standardNames,
  type ClientCertificateOptions,
  type Pki,
  type PkiOptions,
  type SigningKey,
} from './auth/pki.ts'
export { type KeyAndCertificate } from './auth/pki/certificates.ts'
export { PkiError, type PkiErrorCode } from './auth/pki/files.ts'
export { RbacAuthorizer } from './auth/rbac.ts'
export { RoleAggregation } from './auth/rbac/aggregate.ts'
export { rbacResources } from './auth/rbac/resources.ts'
export { accessReviews } from './auth/reviews/access.ts'
export { identityReviews } from './auth/reviews/identity.ts'
export {
  createServiceAccountTokens,
  defaultIssuer,
  type ServiceAccountTokens,
  type ServiceAccountTokensOptions,
} from './auth/tokens/service-account-tokens.ts'
export { tokenRequest } from './auth/tokens/token-request.ts'
export { coreDefinitions } from './core/definitions.ts'
export { systemNamespaces } from './core/namespaces.ts'
export { type CoreOptions } from './core/options.ts'
export {
  customResources,
  type CustomResources,
  type CustomResourcesOptions,
} from './customresources/customresources.ts'
export { type CustomResourceController } from './customresources/controller.ts'
export { type GroupPresentation } from './discovery/source.ts'
export { startLifecycle, type Lifecycle, type LifecycleOptions } from './lifecycle/lifecycle.ts'
export { coreSchemas } from './generated/core.ts'
export { createAuditLog, type AuditLog, type AuditLogOptions } from './audit/audit-log.ts'
export { defaultAuditPolicy } from './audit/default-policy.ts'
export { AuditError, type AuditErrorCode } from './audit/errors.ts'
export { auditLogFiles } from './audit/log-files.ts'
export { registerAuditMetrics } from './audit/metrics.ts'
export { parseAuditPolicy, readAuditPolicy, type AuditPolicy } from './audit/policy.ts'
export { type AuditRecord, type AuditSink } from './audit/sink.ts'
export { verifyAuditLog, type AuditLogVerdict, type VerifyOptions } from './audit/verify.ts'
export { certificateDefinitions, type CertificateOptions } from './certificates/definition.ts'
export { startCertificateSigner, type CertificateSigner, type CertificateSignerOptions } from './certificates/signer.ts'
export { limitRangeAdmission, type LimitRangeAdmissionOptions } from './limitrange/admission.ts'
export { priorityAdmission, type PriorityAdmissionOptions } from './priority/admission.ts'
export { quotaAdmission } from './quota/admission.ts'
export { QuotaLedger, type QuotaLedgerOptions } from './quota/ledger.ts'
export {
  parseAuthenticationConfiguration,
  readAuthenticationConfiguration,
  type ConfigurationRules,
} from './auth/oidc/configuration.ts'
export { OidcError, type OidcErrorCode } from './auth/oidc/errors.ts'
export { type IssuerOptions } from './auth/oidc/issuer-options.ts'
export { openOidcTokens, type OidcOptions, type OidcTokens } from './auth/oidc/oidc-tokens.ts'
export { simpleOidcIssuer, type SimpleOidcOptions } from './auth/oidc/simple-options.ts'
export { tokenVerifier, type TokenVerifier } from './auth/tokens/token-verifier.ts'
export { issuerDocuments, type IssuerDocumentOptions } from './auth/tokens/issuer-documents.ts'
export { startTokenSecrets, type TokenSecretsOptions } from './auth/tokens/secret-controller.ts'
export { type PathDocument } from './server/options.ts'
export { dynamicAdmission, type DynamicAdmission, type DynamicAdmissionOptions } from './admission/admission.ts'
export { type Address, type ResolveService, type ServiceRef } from './admission/webhook/services.ts'
