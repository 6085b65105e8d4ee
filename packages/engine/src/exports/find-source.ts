/** What an export is of: its volumes as they can be read, or why they cannot be yet. The reasons and messages are KubeVirt's. */

import {
  isFinal,
  virtualMachineSnapshotContents,
  virtualMachineSnapshots,
  volumeSnapshotContents,
  volumeSnapshots,
  type VirtualMachineExport,
  type VirtualMachineSpec,
} from '@berth/api'
import { controllerOf, getCondition, unlessMissing } from '@berth/meta'
import type { PersistentVolumeClaim } from '@berth/kube'
import type { Pull } from '../backups/pull/pulls.ts'
import { isStateClaim } from '../instances/state/state-claim.ts'
import type { EngineServices } from '../services.ts'
import { volumeNameFor } from '../volumes/claim-volume.ts'
import { keepsFiles } from '../volumes/claim-content.ts'
import { filesFolderOf } from '../volumes/claim-files.ts'

export interface ExportVolume {
  /** Of the claim. */
  name: string
  claim: { spec: { accessModes?: readonly string[]; volumeMode?: string; resources?: object } }
  content: { kind: 'volume'; volume: string } | { kind: 'snapshot'; handle: string } | { kind: 'files'; folder: string }
}

export interface SourceCondition {
  type: 'Ready' | 'PVCReady' | 'VolumesCreated'
  status: 'True' | 'False'
  reason: string
  message: string
}

export type FoundSource = {
  /** Of the machine that manifests are of. */
  machine?: string
  /** Beside `Ready`. */
  condition?: SourceCondition
} & (
  | {
      state: 'ready'
      volumes: ExportVolume[]
      /** That is pulled. */
      backup?: Pull
    }
  /** `nothing`: and there will be none. */
  | { state: 'waiting' | 'nothing'; reason: string; message: string }
)

type Services = Pick<EngineServices, 'client' | 'informers' | 'volumes' | 'usersOfClaim' | 'pulls'>

export async function findSource(wanted: Readonly<VirtualMachineExport>, services: Services): Promise<FoundSource> {
  const { kind, name } = wanted.spec.source
  const namespace = wanted.metadata.namespace ?? ''
  switch (kind) {
    case 'PersistentVolumeClaim':
      return ofClaim({ namespace, name }, services)
    case 'VirtualMachine':
      return ofMachine({ namespace, name }, services)
    case 'VirtualMachineBackup':
      return ofBackup(wanted, services)
    default:
      return ofSnapshot({ namespace, name }, services)
  }
}

interface Target {
  namespace: string
  name: string
}

async function ofClaim({ namespace, name }: Target, services: Services): Promise<FoundSource> {
  const claim = services.informers.claims.get(namespace, name)
  if (claim === undefined) {
    const message = `PersistentVolumeClaim ${namespace}/${name} not found`
    const condition = { type: 'PVCReady', status: 'False', reason: 'PVCNotFound', message } as const
    return { state: 'waiting', reason: 'Initializing', message: '', condition }
  }
  const isBound = claim.status?.phase === 'Bound'
  const condition = {
    type: 'PVCReady',
    status: isBound ? 'True' : 'False',
    reason: isBound ? 'PVCBound' : 'PVCPending',
    message: '',
  } as const
  const volume = await volumeOf(claim, services)
  if (volume === undefined) {
    const message = `PersistentVolumeClaim ${namespace}/${name} is not populated`
    return { state: 'waiting', reason: 'PVCPending', message, condition }
  }
  if (services.usersOfClaim(claim).length > 0)
    return { state: 'waiting', ...inUse(`PersistentVolumeClaim ${namespace}/${name} is in use`), condition }
  return { state: 'ready', volumes: [volume], condition }
}

async function ofMachine({ namespace, name }: Target, services: Services): Promise<FoundSource> {
  const { informers } = services
  const machine = informers.machines.get(namespace, name)
  if (machine === undefined) {
    const message = `Virtual Machine ${namespace}/${name} not found`
    return { state: 'waiting', reason: 'VMNotFound', message, machine: name }
  }
  const names = claimsOf(machine.spec)
  const claims = names.map((claim) => informers.claims.get(namespace, claim))
  if (names.length === 0) {
    const message = `Virtual Machine ${namespace}/${name} has no volumes`
    return { state: 'nothing', reason: 'VMNoVolumes', message, machine: name }
  }
  const volumes = await Promise.all(
    claims.map(async (claim) => (claim === undefined ? undefined : volumeOf(claim, services))),
  )
  const whole = volumes.filter((volume) => volume !== undefined)
  if (whole.length < names.length) {
    const message = `Not all volumes in the Virtual Machine ${namespace}/${name} are populated`
    return { state: 'waiting', reason: 'VolumesNotPopulated', message, machine: name }
  }
  const instance = informers.instances.get(namespace, name)
  if (instance !== undefined && !isFinal(instance) && controllerOf(instance)?.uid === machine.metadata.uid)
    return { state: 'waiting', ...inUse(`Virtual Machine ${namespace}/${name} is running`), machine: name }
  const used = claims.find((claim) => claim !== undefined && services.usersOfClaim(claim).length > 0)
  if (used !== undefined) {
    const message = `PersistentVolumeClaim ${namespace}/${used.metadata.name ?? ''} is in use`
    return { state: 'waiting', ...inUse(message), machine: name }
  }
  return { state: 'ready', volumes: whole, machine: name }
}

/** Claims of a machine's own template; those for files (memory dumps) as well. */
export function claimsOf({ template }: VirtualMachineSpec): string[] {
  const names = (template.spec.volumes ?? []).map(
    ({ dataVolume, persistentVolumeClaim, memoryDump }) =>
      dataVolume?.name ?? persistentVolumeClaim?.claimName ?? memoryDump?.claimName,
  )
  return [...new Set(names.filter((name) => name !== undefined))]
}

async function ofSnapshot({ namespace, name }: Target, services: Services): Promise<FoundSource> {
  const { client } = services
  const snapshot = await unlessMissing(client.get(virtualMachineSnapshots, { namespace, name }))
  const created = (reason: string, message: string): SourceCondition => ({
    type: 'VolumesCreated',
    status: 'False',
    reason,
    message,
  })
  const called = `VirtualMachineSnapshot ${namespace}/${name}`
  if (snapshot === undefined) {
    const condition = created('VMSnapshotNoVolumes', `${called} does not contain any volume snapshots`)
    return { state: 'nothing', reason: 'VMSnapshotNotFound', message: `${called} not found`, condition }
  }
  const machine = snapshot.spec.source.name
  const contentName = snapshot.status?.virtualMachineSnapshotContentName
  const content =
    snapshot.status?.readyToUse === true && contentName !== undefined
      ? await unlessMissing(client.get(virtualMachineSnapshotContents, { namespace, name: contentName }))
      : undefined
  if (content === undefined) {
    const message = `${called} is not ready to use`
    const condition = created('NotAllPVCsCreated', message)
    return { state: 'waiting', reason: 'NotAllPVCsCreated', message, condition, machine }
  }
  const backups = content.spec.volumeBackups ?? []
  if (backups.length === 0) {
    const condition = created('VMSnapshotNoVolumes', `${called} does not contain any volume snapshots`)
    return { state: 'nothing', reason: 'Initializing', message: '', condition, machine }
  }
  const disks = backups.filter(({ persistentVolumeClaim: claim }) => !isStateClaim(claim))
  const volumes: ExportVolume[] = []
  for (const { persistentVolumeClaim, volumeSnapshotName } of disks) {
    const handle = await handleOf({ namespace, name: volumeSnapshotName ?? '' }, services)
    const claimName = persistentVolumeClaim.metadata.name ?? ''
    if (handle === undefined || claimName === '') continue
    volumes.push({ name: claimName, claim: persistentVolumeClaim, content: { kind: 'snapshot', handle } })
  }
  if (volumes.length < disks.length) {
    const condition = created('NotAllPVCsReady', 'Not all PVCs are ready')
    return { state: 'waiting', reason: 'Initializing', message: '', condition, machine }
  }
  const condition: SourceCondition = { type: 'VolumesCreated', status: 'True', reason: 'AllPVCsReady', message: '' }
  return { state: 'ready', volumes, condition, machine }
}

/** Only through the export that was made for it: the token of another is nobody's whom the backup has named. */
function ofBackup(wanted: Readonly<VirtualMachineExport>, { informers, pulls }: Services): FoundSource {
  const backup = informers.backups.get(wanted.metadata.namespace, wanted.spec.source.name)
  const pull = pulls.get(backup?.metadata.uid ?? '')
  const progressing = getCondition(backup?.status?.conditions, 'Progressing')
  const condition = (status: 'True' | 'False', message: string): SourceCondition => ({
    type: 'Ready',
    status,
    reason: 'VirtualMachineBackupReady',
    message,
  })
  const waiting = (message: string): FoundSource => ({
    state: 'waiting',
    reason: 'Initializing',
    message,
    condition: condition('False', message),
  })
  if (backup === undefined) return waiting('VMBackup does not exist yet')
  if (backup.status === undefined) return waiting('VMBackup is not progressing')
  if ((backup.status.includedVolumes ?? []).length === 0) return waiting('VMBackup has no included volumes')
  if (progressing === undefined) return waiting('VMBackup progressing condition not found')
  if (progressing.status !== 'True' || progressing.reason === 'Aborting') return waiting(progressing.message ?? '')
  const isItsOwn = controllerOf(wanted)?.uid === backup.metadata.uid && backup.status.exportUID === wanted.metadata.uid
  if (!isItsOwn) return waiting('VMBackup is pulled through another export')
  if (pull === undefined) return waiting('VMBackup is not progressing')
  return { state: 'ready', volumes: [], backup: pull, condition: condition('True', progressing.message ?? '') }
}

/** What a VolumeSnapshot froze, as the store of volumes calls it. */
async function handleOf(target: Target, { client, volumes }: Services): Promise<string | undefined> {
  const snapshot = await unlessMissing(client.get(volumeSnapshots, target))
  const name = snapshot?.status?.boundVolumeSnapshotContentName
  const content = name === undefined ? undefined : await unlessMissing(client.get(volumeSnapshotContents, { name }))
  const { name: owner, namespace, uid } = content?.spec.volumeSnapshotRef ?? {}
  // Somebody else's content must not be read by naming it, nor that of a snapshot which had this name before.
  if (owner !== target.name || namespace !== target.namespace || uid !== snapshot?.metadata.uid) return undefined
  const handle = content?.status?.snapshotHandle
  return handle !== undefined && (await volumes.snapshotInfo(handle)) !== undefined ? handle : undefined
}

async function volumeOf(claim: Readonly<PersistentVolumeClaim>, services: Services): Promise<ExportVolume | undefined> {
  if (claim.status?.phase !== 'Bound') return undefined
  const name = claim.metadata.name ?? ''
  if (keepsFiles(claim)) return { name, claim, content: { kind: 'files', folder: filesFolderOf(services, claim) } }
  // From the claim's own identity: the name of a volume in its spec could be anybody's.
  const volume = volumeNameFor(claim)
  return (await services.volumes.exists(volume)) ? { name, claim, content: { kind: 'volume', volume } } : undefined
}

function inUse(message: string): { reason: string; message: string } {
  return { reason: 'InUse', message }
}
