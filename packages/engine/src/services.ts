/** What every controller of the engine works with; made once, at the start. */

import type { UserInfo } from '@berth/apiserver'
import type { Clock, Logger } from '@berth/base'
import type { Driver } from '@berth/hypervisor'
import type { KubeObject } from '@berth/meta'
import {
  createEventRecorder,
  createInformer,
  keyOf,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  storageClasses,
  type Client,
  type ControllerRuntime,
  type EventRecorder,
  type Informer,
  type Node,
  type PersistentVolume,
  type PersistentVolumeClaim,
  type Pod,
  type StorageClass,
} from '@berth/kube'
import type { CurrentConfiguration } from './configuration/current.ts'
import {
  claimNames,
  isFinal,
  keepsState,
  persistentStateLabel,
  type DataImportCron,
  type DataSource,
  type DataVolume,
  type KubeVirt,
  type StorageProfile,
  type VirtualMachine,
  type VirtualMachineInstance,
  type VirtualMachineInstanceReplicaSet,
  type VirtualMachinePool,
  type VirtualMachineTemplate,
  type VirtualMachineTemplateRequest,
  pools,
  replicaSets,
  dataImportCrons,
  dataSources,
  dataVolumes,
  kubeVirts,
  storageProfiles,
  templateRequests,
  templates,
  virtualMachineInstances,
  virtualMachines,
} from '@berth/api'
import type { DataDirectory } from './host/data-directory.ts'
import { DiskLocks } from './instances/disk-locks.ts'
import type { Pulls } from './backups/pull/pulls.ts'
import { backupInformers, type BackupInformers } from './backups/informers.ts'
import { snapshotInformers, type SnapshotInformers } from './snapshots/informers.ts'
import { Sessions } from './subresources/streams/sessions.ts'
import type { ImageLibrary } from './volumes/image-library.ts'
import type { ImagePulls } from './instances/images/image-pulls.ts'
import type { ImportRules } from './host/import-rules.ts'
import { Uploads } from './volumes/sources/uploads.ts'
import { Turns } from './volumes/chain/turns.ts'
import type { VolumeStore } from './volumes/volume-store.ts'

export interface Informers extends SnapshotInformers, BackupInformers {
  machines: Informer<VirtualMachine>
  pools: Informer<VirtualMachinePool>
  replicaSets: Informer<VirtualMachineInstanceReplicaSet>
  instances: Informer<VirtualMachineInstance>
  dataVolumes: Informer<DataVolume>
  claims: Informer<PersistentVolumeClaim>
  volumes: Informer<PersistentVolume>
  storageClasses: Informer<StorageClass>
  storageProfiles: Informer<StorageProfile>
  pods: Informer<Pod>
  nodes: Informer<Node>
  kubeVirts: Informer<KubeVirt>
  templates: Informer<VirtualMachineTemplate>
  templateRequests: Informer<VirtualMachineTemplateRequest>
  dataSources: Informer<DataSource>
  dataImportCrons: Informer<DataImportCron>
}

export interface EngineServices {
  client: Client
  /** A client with the rights of somebody else; close its transport. */
  clientAs(user: UserInfo): Client
  informers: Informers
  driver: Driver
  volumes: VolumeStore
  /** Who takes and who deletes what is frozen, by handle: one after the other. */
  snapshotTurns: Turns
  /** Writing files to a claim, by the claim's uid. */
  fileTurns: Turns
  /** Backups that clients read now. */
  pulls: Pulls
  /** Disks that clients send. */
  uploads: Uploads
  images: ImageLibrary
  /** Container images that machines start from. */
  containerImages: ImagePulls
  /** Which servers disks and images are brought from. */
  importRules: ImportRules
  /** Events about running machines, named as KubeVirt's node agent names them. */
  handlerEvents: EventRecorder
  /** Events about storage. */
  events: EventRecorder
  clock: Clock
  random: () => number
  logger: Logger
  paths: DataDirectory
  /** Folders that hostDisk volumes may name files in. */
  hostDiskFolders: readonly string[]
  runtime: ControllerRuntime
  /** What the KubeVirt resource says now. */
  configuration: CurrentConfiguration
  /** Who is connected to which machine. */
  sessions: Sessions
  /** Who has which disk. */
  diskLocks: DiskLocks
  /** Machines that run, or are about to, with this claim. */
  usersOfClaim(claim: Readonly<PersistentVolumeClaim>): Readonly<VirtualMachineInstance>[]
  /** Keys of the instances that use a claim, or the DataVolume of the same name. */
  instanceKeysOfClaim(claim: KubeObject): string[]
  /** Keys of the claims that an instance uses. */
  claimKeysOf(instance: KubeObject): string[]
}

const instancesByClaim = 'byClaim'
export const instancesByPod = 'byPod'
const instancesByUid = 'byUid'

export function createInformers(client: Client, runtime: { logger: Logger; clock: Clock }): Informers {
  return {
    machines: createInformer({
      client,
      resource: virtualMachines,
      indexes: { [instancesByClaim]: machineClaimKeys },
      ...runtime,
    }),
    instances: createInformer({
      client,
      resource: virtualMachineInstances,
      indexes: {
        [instancesByClaim]: instanceClaimKeys,
        [instancesByUid]: (instance) => [instance.metadata.uid ?? ''],
      },
      ...runtime,
    }),
    pools: createInformer({ client, resource: pools, ...runtime }),
    replicaSets: createInformer({ client, resource: replicaSets, ...runtime }),
    dataVolumes: createInformer({ client, resource: dataVolumes, ...runtime }),
    claims: createInformer({ client, resource: persistentVolumeClaims, ...runtime }),
    volumes: createInformer({ client, resource: persistentVolumes, ...runtime }),
    storageClasses: createInformer({ client, resource: storageClasses, ...runtime }),
    storageProfiles: createInformer({ client, resource: storageProfiles, ...runtime }),
    pods: createInformer({
      client,
      resource: pods,
      indexes: {
        [instancesByPod]: ({ metadata }) => [
          podIndexKey(metadata.namespace, metadata.labels?.['kubevirt.io/created-by']),
        ],
      },
      ...runtime,
    }),
    nodes: createInformer({ client, resource: nodes, ...runtime }),
    kubeVirts: createInformer({ client, resource: kubeVirts, ...runtime }),
    templates: createInformer({ client, resource: templates, ...runtime }),
    templateRequests: createInformer({ client, resource: templateRequests, ...runtime }),
    dataSources: createInformer({ client, resource: dataSources, ...runtime }),
    dataImportCrons: createInformer({ client, resource: dataImportCrons, ...runtime }),
    ...snapshotInformers(client, runtime),
    ...backupInformers(client, runtime),
  }
}

/** With the namespace: labels are free to choose, and a pod must never pass for that of another namespace's instance. */
export function podIndexKey(namespace: string | undefined, uid: string | undefined): string {
  return `${namespace ?? ''}/${uid ?? ''}`
}

function machineClaimKeys(machine: Readonly<VirtualMachine>): string[] {
  return claimNames(machine.spec.template.spec).map((name) => `${machine.metadata.namespace ?? ''}/${name}`)
}

function instanceClaimKeys(instance: Readonly<VirtualMachineInstance>): string[] {
  // What is being detached is named by the status only.
  const detaching = (instance.status?.volumeStatus ?? []).flatMap(
    ({ hotplugVolume, persistentVolumeClaimInfo: claim }) =>
      hotplugVolume === undefined || claim?.claimName === undefined ? [] : [claim.claimName],
  )
  // A volume that moves is on both.
  const moving = (instance.status?.migratedVolumes ?? []).flatMap(({ sourcePVCInfo, destinationPVCInfo }) =>
    [sourcePVCInfo, destinationPVCInfo].flatMap((claim) => (claim === undefined ? [] : [claim.claimName])),
  )
  const names = new Set([...claimNames(instance.spec), ...detaching, ...moving])
  return [...names].map((name) => `${instance.metadata.namespace ?? ''}/${name}`)
}

/** The instance of a domain. */
export function instanceOf(informers: Informers, uid: string): Readonly<VirtualMachineInstance> | undefined {
  return informers.instances.byIndex(instancesByUid, uid)[0]
}

/** Machines whose template uses this claim or DataVolume (`namespace/name`). */
export function machinesUsing(informers: Informers, claimKey: string): Readonly<VirtualMachine>[] {
  return informers.machines.byIndex(instancesByClaim, claimKey)
}

export function instancesUsing(informers: Informers, claimKey: string): Readonly<VirtualMachineInstance>[] {
  return informers.instances.byIndex(instancesByClaim, claimKey)
}

export function createServices(
  parts: Omit<
    EngineServices,
    | 'informers'
    | 'events'
    | 'runtime'
    | 'sessions'
    | 'snapshotTurns'
    | 'fileTurns'
    | 'pulls'
    | 'diskLocks'
    | 'uploads'
    | 'usersOfClaim'
    | 'claimKeysOf'
    | 'instanceKeysOfClaim'
  >,
): EngineServices {
  const { client, clock, random, logger } = parts
  const informers = createInformers(client, { logger, clock })
  return {
    ...parts,
    informers,
    events: createEventRecorder({ client, component: 'berth-storage', clock, random, logger }),
    runtime: { clock, random, logger },
    sessions: new Sessions(clock),
    snapshotTurns: new Turns(),
    fileTurns: new Turns(),
    pulls: new Map(),
    diskLocks: new DiskLocks(parts.driver, parts.volumes),
    uploads: new Uploads({ client, volumes: parts.volumes, directory: parts.paths.imports, clock, logger }),
    usersOfClaim: (claim) =>
      [...instancesUsing(informers, keyOf(claim)), ...stateUserOf(informers, claim)].filter(
        (instance) => !isFinal(instance),
      ),
    instanceKeysOfClaim: (claim) =>
      [...instancesUsing(informers, keyOf(claim)), ...stateUserOf(informers, claim)].map(keyOf),
    claimKeysOf: (instance) =>
      isInstance(instance) ? [...instanceClaimKeys(instance), ...stateClaimKeys(informers, instance)] : [],
  }
}

/** Also of one that is being deleted: it waits for this instance to end. */
function stateClaimKeys({ claims }: Informers, { metadata, spec }: Readonly<VirtualMachineInstance>): string[] {
  if (!keepsState(spec)) return []
  return claims
    .list()
    .filter(
      (claim) =>
        claim.metadata.namespace === metadata.namespace &&
        claim.metadata.labels?.[persistentStateLabel] === metadata.name,
    )
    .map(keyOf)
}

/** The instance whose state a claim keeps. */
function stateUserOf(informers: Informers, { metadata }: KubeObject): Readonly<VirtualMachineInstance>[] {
  const name = metadata.labels?.[persistentStateLabel]
  const instance = name === undefined ? undefined : informers.instances.get(metadata.namespace, name)
  return instance !== undefined && keepsState(instance.spec) ? [instance] : []
}

function isInstance(object: KubeObject): object is VirtualMachineInstance {
  return object.kind === 'VirtualMachineInstance'
}
