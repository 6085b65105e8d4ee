/** Whether an object of the storage APIs has come to its end, is on the way, or has failed: read from what its kind says in its status. */

import { bytesOf } from '../rows/size.ts'
import type { Condition, KubeObject } from '@berth/meta'

export type Settled = { kind: 'reached' } | { kind: 'waiting'; status: string } | { kind: 'hopeless'; why: string }

interface AnyStatus {
  phase?: string
  progress?: string
  readyToUse?: boolean
  complete?: boolean
  error?: { message?: string }
  conditions?: Condition[]
  capacity?: Record<string, string>
  memoryDumpRequest?: { phase?: string; message?: string }
}

type Judge = (status: AnyStatus, object: KubeObject) => Settled

const reached: Settled = { kind: 'reached' }
const waiting = (status: string | undefined): Settled => ({ kind: 'waiting', status: status ?? 'Pending' })
const hopeless = (why: string | undefined, otherwise: string): Settled => ({
  kind: 'hopeless',
  why: why === undefined || why === '' ? otherwise : why,
})

const messageOf = (status: AnyStatus, type: string): string | undefined =>
  status.conditions?.find((condition) => condition.type === type)?.message

const judges: Readonly<Record<string, Judge>> = {
  datavolumes: (status) => {
    const { phase, progress = '' } = status
    // Waiting for somebody to use it is as far as it gets by itself.
    if (phase === 'Succeeded' || phase === 'WaitForFirstConsumer' || phase === 'PendingPopulation') return reached
    if (phase === 'Failed') return hopeless(messageOf(status, 'Running'), 'It failed.')
    // It is tried again, and an error is told meanwhile.
    const running = status.conditions?.find(({ type }) => type === 'Running')
    if (running?.status !== 'True' && running?.reason === 'Error' && running.message !== undefined) {
      return waiting(running.message)
    }
    return waiting(progress === '' || progress === 'N/A' ? phase : `${phase ?? ''} ${progress}`.trim())
  },
  persistentvolumeclaims: ({ phase, capacity, conditions = [] }, object) => {
    const spec = (object as KubeObject & { spec?: { resources?: { requests?: Record<string, string> } } }).spec
    const wanted = bytesOf(spec?.resources?.requests?.['storage']) ?? 0
    if (phase === 'Lost') return hopeless(undefined, 'Its volume is lost.')
    const refused = conditions.find(
      ({ type, status: holds }) => /^(Controller|Node)ResizeError$/.test(type) && holds === 'True',
    )
    if (refused !== undefined) return hopeless(refused.message, 'It could not grow.')
    // The rest comes when its machine starts the next time.
    const later = conditions.some(({ type, status: holds }) => type === 'FileSystemResizePending' && holds === 'True')
    const large = (bytesOf(capacity?.['storage']) ?? 0) >= wanted
    return phase === 'Bound' && (large || later) ? reached : waiting(phase)
  },
  virtualmachinesnapshots: ({ phase, readyToUse, error }) => {
    if (phase === 'Failed') return hopeless(error?.message, 'The snapshot failed.')
    // An error is told while it is tried again, until its deadline.
    return readyToUse === true ? reached : waiting(error?.message ?? phase ?? 'InProgress')
  },
  virtualmachinerestores: (status) => {
    if (status.complete === true) return reached
    const failed = status.conditions?.find(({ type, status: holds }) => type === 'Failure' && holds === 'True')
    if (failed !== undefined) return hopeless(failed.message ?? failed.reason, 'The restore failed.')
    return waiting(messageOf(status, 'Progressing') ?? messageOf(status, 'Ready'))
  },
  virtualmachineclones: (status) => {
    if (status.phase === 'Succeeded') return reached
    if (status.phase === 'Failed') {
      return hopeless(messageOf(status, 'Ready') ?? messageOf(status, 'Progressing'), 'The clone failed.')
    }
    return waiting(status.phase)
  },
  virtualmachineexports: (status) => {
    if (status.phase === 'Ready') return reached
    if (status.phase === 'Skipped')
      return hopeless(messageOf(status, 'Ready'), 'There is no volume that could be exported.')
    if (status.phase === 'Terminated') return hopeless(undefined, 'Its time is over.')
    return waiting(messageOf(status, 'Ready') ?? status.phase)
  },
  virtualmachinebackups: (status) => {
    const of = (type: string): Condition | undefined =>
      status.conditions?.find((condition) => condition.type === type && condition.status === 'True')
    const failed = of('Failed')
    if (failed !== undefined) return hopeless(failed.message, 'The backup failed.')
    return of('Complete') === undefined ? waiting(of('Progressing')?.message) : reached
  },
  virtualmachines: ({ memoryDumpRequest }) => {
    if (memoryDumpRequest === undefined || memoryDumpRequest.phase === 'Completed') return reached
    if (memoryDumpRequest.phase === 'Failed') return hopeless(memoryDumpRequest.message, 'The memory dump failed.')
    return waiting(memoryDumpRequest.phase)
  },
}

/** @param plural of the kind; what has no rule is done as soon as it is taken */
export function judgeSettled(plural: string, object: KubeObject): Settled {
  const judge = Object.hasOwn(judges, plural) ? judges[plural] : undefined
  // Each kind's status as its judge reads it; a member that is missing is undefined.
  const { status } = object as KubeObject & { status?: AnyStatus }
  return judge === undefined ? reached : judge(status ?? {}, object)
}
