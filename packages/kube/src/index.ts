export { openStream, createClient } from './client.ts'
export { readText, statusErrorOf } from './answer.ts'
export type {
  Client,
  Controller,
  ControllerOptions,
  ControllerWatch,
  DeleteParams,
  Informer,
  ListParams,
  PatchBody,
  ReconcileResult,
  Target,
  Transport,
  TransportRequest,
  TransportResponse,
  WatchEvent,
  WriteParams,
} from './contract.ts'
export { createController, type ControllerRuntime } from './controller.ts'
export {
  configMaps,
  controllerRevisions,
  csiStorageCapacities,
  events,
  leases,
  namespaces,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  secrets,
  serviceAccounts,
  storageClasses,
  type Condition,
  type ConfigMap,
  type ControllerRevision,
  type CsiStorageCapacity,
  type EventObject,
  type Lease,
  type Namespace,
  type Node,
  type ObjectReference,
  type PersistentVolume,
  type PersistentVolumeClaim,
  type Pod,
  type Secret,
  type ServiceAccount,
  type StorageClass,
} from './core-resources.ts'
export { ClientError, clientErrorCodes, StreamClosedError, type ClientErrorCode } from './errors.ts'
export { createEventRecorder, referenceTo, type EventRecorder, type EventRecorderOptions } from './events.ts'
export { createInformer, type InformerOptions } from './informer.ts'
export { runAsLeader, type LeaderOptions } from './lease.ts'
export {
  createLocalTransport,
  type LocalAnswer,
  type LocalRequest,
  type LocalTransportOptions,
  type LocalUser,
} from './local-transport.ts'
export { pathOf, queryOf, type PathTarget } from './paths.ts'
export { keyFor, keyOf, parseKey } from './key.ts'
export { systemClock, wait } from './system-clock.ts'
export { createWorkQueue, type WorkQueue, type WorkQueueOptions } from './work-queue.ts'
export { type CredentialOptions, type PluginRunner } from './credentials.ts'
export { createHttpTransport, type HttpTransportOptions } from './http-transport.ts'
export {
  connectionOf,
  loadKubeconfig,
  type Connection,
  type ContextConnection,
  type Credentials,
  type ExecPlugin,
  type Kubeconfig,
} from './kubeconfig.ts'
export { renderKubeconfig, writeKubeconfig, type KubeconfigContent } from './kubeconfig-writer.ts'
export { isUploadBroken, sendUpload, type UploadAnswer, type UploadProxy } from './upload-bytes.ts'
