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
export type { ApiAnswer, ApiHandler, ApiRequest } from './transport.ts'
export { type ServerMetrics } from './metrics/metrics.ts'
export { type DeletionRules } from './resource/definition.ts'
export { ResourceRegistry, type ApiGroup } from './resource/registry.ts'
export { collectionOf, keyOf, listKindOf, storageVersionOf, verbsOf } from './resource/traits.ts'
export { compareVersions } from './resource/version-order.ts'
export { type Authenticator, type Credentials, type PeerCertificate } from './server/authenticator.ts'
export { defaultLimits, type ServerLimits } from './server/limits.ts'
export {
  type ApiServer,
  type ApiServerOptions,
  type HealthCheck,
  type ListenOptions,
  type Listener,
  type RandomSource,
} from './server/options.ts'
