export {
  apiVersionOf,
  parseApiVersion,
  type Json,
  type JsonObject,
  type KubeList,
  type KubeObject,
  type ListMeta,
  type ObjectMeta,
  type OwnerReference,
  type ResourceRef,
} from './object.ts'
export { type Schema, type SchemaSet } from './schema.ts'
export {
  alreadyExists,
  badRequest,
  conflict,
  invalid,
  notFound,
  qualifiedResource,
  statusCodes,
  StatusError,
  type Status,
  type StatusCause,
  type StatusDetails,
  type StatusReason,
} from './status.ts'
