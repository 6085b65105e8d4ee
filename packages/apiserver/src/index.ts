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
