/** Makes of a file what was wished for, as a task: its disks one after the other, then what stands on them. The file goes when all is there. */

import {
  dataSources,
  dataVolumes,
  diskSizeAnnotation,
  imageFileAnnotation,
  virtualMachines,
  type DataVolume,
} from '@berth/api'
import { messageOf, type Clock, type Logger } from '@berth/base'
import { verifiedParts, type FileBytes } from '@berth/imaging'
import type { Client } from '@berth/kube'
import { unlessMissing } from '@berth/meta'
import {
  machineFromOvf,
  uploadVolume,
  type FormAction,
  type ObjectReference,
  type OvfProposal,
  type UploadWish,
} from '@berth/view'
import type { Cluster } from '../clusters/cluster.ts'
import { ConsoleError } from '../errors.ts'
import type { Session } from '../sessions/session.ts'
import type { TaskBook, TaskRecord } from '../tasks/task-book.ts'
import { fillDisk, removeDisk, type FillWorld } from './fill-disk.ts'
import { openPackage, type OpenPackage } from './open-package.ts'
import type { Spool, UploadRecord } from './spool.ts'
import { findUploadProxy } from './upload-proxy.ts'

export interface DeliveryWorld {
  spool: Spool
  book: TaskBook
  clusters: readonly Cluster[]
  clock: Clock
  logger: Logger
}

export interface Delivery {
  task: TaskRecord
  done: Promise<void>
}

/** What is made, in order, each with its line in the task. */
interface Step {
  target: ObjectReference
  run(tools: StepTools): Promise<DataVolume | undefined>
}

interface StepTools extends FillWorld {
  onStatus: (status: string) => void
}

/** As forms name what they do. */
export const taskActionOf = ({ kind }: UploadWish): FormAction => (kind === 'disk' ? 'upload-disk' : 'import-machine')

/**
 * Returns when the file was looked into; the task goes on.
 * @param using.task the one to tell it to, for a retry; a new one otherwise
 * @param using.again begins anew from the file
 * @throws {ConsoleError | StatusError | OvfError} where it cannot begin
 */
export async function deliver(
  record: UploadRecord,
  wish: UploadWish,
  using: {
    session: Session
    world: DeliveryWorld
    task?: TaskRecord
    again: (session: Session, targets: readonly ObjectReference[]) => TaskRecord
  },
): Promise<Delivery> {
  const { session, world } = using
  let file: FileBytes | undefined
  try {
    const cluster = world.clusters.find(({ id }) => id === wish.cluster)
    if (cluster === undefined) throw new ConsoleError('NotFound', `there is no cluster "${wish.cluster}"`)
    const identity = session.identities.get(cluster.id)
    if (identity === undefined) throw new ConsoleError('Forbidden', `you are not signed in to ${cluster.name}`)
    const client = cluster.clientFor(identity)
    file = await world.spool.open(record)
    const opened = file
    const steps =
      wish.kind === 'disk'
        ? diskSteps(record, wish, opened)
        : await machineSteps(record, { wish, file: opened, client })
    const targets = steps.map(({ target }) => target)
    const task = using.task ?? world.book.open({ owner: session.owner, action: taskActionOf(wish), targets })
    task.repeat = (_positions, asked) => using.again(asked, targets)
    // Whose session ends has nothing done in their name any more.
    session.signal.addEventListener('abort', () => task.cancel.abort(), { once: true })
    if (session.signal.aborted) task.cancel.abort()
    const work = async (): Promise<void> => {
      try {
        await carryOut(task, steps, { world, cluster, client })
      } finally {
        await opened.close()
      }
    }
    return { task, done: work() }
  } catch (error) {
    await file?.close()
    if (using.task !== undefined) failAll(using.task, messageOf(error), world.book)
    throw error
  }
}

function failAll(task: TaskRecord, message: string, book: TaskBook): void {
  for (const [position, { target }] of task.items.entries()) task.items[position] = { target, state: 'failed', message }
  book.touch(task)
}

/** @throws why it failed; what was made is taken away again by then */
async function carryOut(
  task: TaskRecord,
  steps: readonly Step[],
  { world, cluster, client }: { world: DeliveryWorld; cluster: Cluster; client: Client },
): Promise<void> {
  const change = (position: number, state: TaskRecord['items'][number]['state'], message?: string): void => {
    const item = task.items[position]
    if (item === undefined || (item.state === state && item.message === message)) return
    task.items[position] = { target: item.target, state, ...(message === undefined ? {} : { message }) }
    world.book.touch(task)
  }
  const made: DataVolume[] = []
  const { clock } = world
  let at = 0
  try {
    const proxy = await findUploadProxy(client, cluster)
    const fill: FillWorld = { client, proxy, clock, signal: task.cancel.signal }
    for (const [position, step] of steps.entries()) {
      at = position
      task.cancel.signal.throwIfAborted()
      change(position, 'running')
      const disk = await step.run({ ...fill, onStatus: (status) => change(position, 'running', status) })
      if (disk !== undefined) made.push(disk)
      // A task ends with its last item: what the whole has come to is said first where something can still go wrong.
      if (position + 1 < steps.length) change(position, 'done')
    }
    change(at, 'done')
  } catch (error) {
    const why = task.cancel.signal.aborted ? 'It was stopped; the file is kept.' : messageOf(error)
    const left = await takeAway(made, { client, clock })
    for (const [position, { state }] of task.items.entries()) {
      if (position !== at && state !== 'failed')
        change(position, 'skipped', 'Taken away again, for not all of it could be made.')
    }
    const words = left.length === 0 ? why : `${why} These disks are left there: ${left.join(', ')}.`
    change(at, 'failed', words)
    throw new Error(words, { cause: error })
  }
}

async function takeAway(
  made: readonly DataVolume[],
  { client, clock }: Pick<FillWorld, 'client' | 'clock'>,
): Promise<string[]> {
  const left: string[] = []
  for (const disk of made) {
    try {
      // The proxy has no part in it.
      const proxy = { url: '', ca: [], insecure: false }
      await removeDisk({ client, clock, proxy, signal: new AbortController().signal }, disk)
    } catch (error) {
      left.push(`${disk.metadata.name ?? ''} (${messageOf(error)})`)
    }
  }
  return left
}

const diskKind = { group: 'cdi.kubevirt.io', version: 'v1beta1', resource: 'datavolumes' }
const imageKind = { group: 'cdi.kubevirt.io', version: 'v1beta1', resource: 'datasources' }
const machineKind = { group: 'kubevirt.io', version: 'v1', resource: 'virtualmachines' }

function diskSteps(record: UploadRecord, wish: Extract<UploadWish, { kind: 'disk' }>, file: FileBytes): Step[] {
  const { cluster, namespace, name, size, class: storageClass, image } = wish
  const dataVolume = uploadVolume({
    name,
    namespace,
    bytes: 1,
    ...(storageClass === undefined ? {} : { storageClass }),
  })
  const { storage } = dataVolume.spec
  if (storage !== undefined) storage.resources = { requests: { storage: size } }
  const disk: Step = {
    target: { cluster, ...diskKind, namespace, name },
    run: async (tools) =>
      fillDisk(tools, {
        dataVolume,
        fingerprint: record.id,
        size: record.size,
        content: () =>
          verifiedParts(
            [{ name: record.name, offset: 0, size: record.size }],
            (_part, at, length) => file.read(at, length),
            tools.signal,
          ),
        onStatus: tools.onStatus,
      }),
  }
  if (image === undefined) return [disk]
  const publish: Step = {
    target: { cluster, ...imageKind, namespace, name: image },
    async run({ client }) {
      await client.create(dataSources, {
        apiVersion: 'cdi.kubevirt.io/v1beta1',
        kind: 'DataSource',
        metadata: {
          name: image,
          namespace,
          annotations: { [diskSizeAnnotation]: size, [imageFileAnnotation]: record.name },
        },
        spec: { source: { pvc: { namespace, name } } },
      })
      return undefined
    },
  }
  return [disk, publish]
}

async function machineSteps(
  record: UploadRecord,
  { wish, file, client }: { wish: Extract<UploadWish, { kind: 'machine' }>; file: FileBytes; client: Client },
): Promise<Step[]> {
  const { cluster, namespace, name, index, class: storageClass, cpus, memory, bus, networks, keepMacs, start } = wish
  const foreign = await openPackage(file, record.name)
  const machine = foreign.package.machines[index]
  if (machine === undefined) throw new ConsoleError('BadRequest', `the package has no machine number ${index + 1}`)
  const proposal = machineFromOvf(machine, {
    name,
    namespace,
    ...(storageClass === undefined ? {} : { storageClass }),
    ...(cpus === undefined ? {} : { cpus }),
    ...(memory === undefined ? {} : { memory }),
    ...(bus === undefined ? {} : { bus }),
    ...(networks === undefined ? {} : { networks }),
    ...(keepMacs === undefined ? {} : { keepMacs }),
    ...(start === undefined ? {} : { start }),
  })
  if ((await unlessMissing(client.get(virtualMachines, { namespace, name }))) !== undefined) {
    throw new ConsoleError('Conflict', `there is a VM "${name}" already in namespace "${namespace}"`, {
      remedy: 'Choose another name.',
    })
  }
  // What would be refused is better known before hours of copying.
  await client.create(virtualMachines, proposal.machine, {
    dryRun: true,
    fieldValidation: 'Strict',
    fieldManager: 'berth',
  })
  return [
    ...proposal.disks.map((disk) => proposedDisk(disk, { record, file, foreign, cluster })),
    {
      target: { cluster, ...machineKind, namespace, name },
      async run(tools) {
        await tools.client.create(virtualMachines, proposal.machine, {
          fieldValidation: 'Strict',
          fieldManager: 'berth',
        })
        return undefined
      },
    },
  ]
}

function proposedDisk(
  { dataVolume, disk, cdRom }: OvfProposal['disks'][number],
  { record, file, foreign, cluster }: { record: UploadRecord; file: FileBytes; foreign: OpenPackage; cluster: string },
): Step {
  const { namespace = '', name = '' } = dataVolume.metadata
  const content = (disk ?? cdRom)?.file
  // Before anything is made it is known that the package has all of it.
  const parts = content === undefined ? undefined : foreign.partsOf(content)
  return {
    target: { cluster, ...diskKind, namespace, name },
    run: async (tools) =>
      parts === undefined
        ? tools.client.create(dataVolumes, dataVolume)
        : fillDisk(tools, {
            dataVolume,
            fingerprint: record.id,
            size: parts.reduce((sum, { size }) => sum + size, 0),
            content: () => verifiedParts(parts, (_part, at, length) => file.read(at, length), tools.signal),
            onStatus: tools.onStatus,
          }),
  }
}
