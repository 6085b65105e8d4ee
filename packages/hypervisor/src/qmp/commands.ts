/**
 * The QMP commands in use: what they take, how their answer is read, how long they may take. One row each; an answer that does not
 * fit its row is a Protocol error. Source: QEMU's QMP reference manual (docs/interop/qemu-qmp-ref).
 */

import {
  readBoolean,
  readList,
  readNumber,
  readOptionalNumber,
  readOptionalText,
  readRecord,
  readText,
  type WireRecord,
} from '../wire.ts'

export interface QmpCommand<Arguments, Result> {
  /** Milliseconds until the command counts as unanswered. */
  timeoutMs: number
  read(this: void, value: unknown): Result
  /** Only carries the type of the arguments. */
  arguments?: Arguments
}

function command<Arguments, Result>(
  timeoutMs: number,
  read: (value: unknown) => Result,
): QmpCommand<Arguments, Result> {
  return { timeoutMs, read }
}

type NoArguments = undefined

const nothing = (): undefined => undefined

/** Answers that only touch QEMU's own state come at once; the rest wait for disks or a lock. */
const quick = 10_000
const slow = 30_000
/**
 * What changes the graph of a disk's images waits for its requests, and gives up for no time-out: whether it was done has to be known,
 * and QEMU answers or ends. (The longest time that a timer takes.)
 */
const untilDone = 2 ** 31 - 1

export interface CpuDefinition {
  name: string
  /** Features of the model that a guest cannot have here. */
  missing: string[]
}

/** A piece of work that goes on after the command that began it. */
export interface Job {
  id: string
  status: string
  /** Bytes. */
  done: number
  total: number
  /** Why it failed, once it is `concluded`. */
  error?: string
}

export interface Bitmap {
  name: string
  /** In memory only, where false. */
  persistent: boolean
  /** It counts what is written. */
  recording: boolean
  /** QEMU was not ended in order while it counted: what it says means nothing. */
  inconsistent: boolean
}

export interface BlockNode {
  node: string
  /** What a node of a file opens. */
  filename: string
  readOnly: boolean
  /** The size of what is in it. */
  sizeBytes: number
  bitmaps: Bitmap[]
}

/** What a guest's memory is written to a file by. */
export interface DumpState {
  status: string
  done: number
  total: number
}

export type BlockAction = { [Name in keyof BlockActions]: { type: Name; data: BlockActions[Name] } }[keyof BlockActions]

interface BlockActions {
  'blockdev-snapshot': { node: string; overlay: string }
  'block-dirty-bitmap-add': BitmapArguments & { persistent?: boolean; disabled?: boolean }
  'block-dirty-bitmap-merge': { node: string; target: string; bitmaps: BitmapArguments[] }
  'block-dirty-bitmap-remove': BitmapArguments
  'blockdev-backup': Record<string, unknown>
}

interface BitmapArguments {
  node: string
  name: string
}

interface JobArguments {
  'job-id': string
  'auto-finalize': boolean
  /** Bytes a second; 0 is no limit. */
  speed: number
  /** False keeps the outcome until it is asked for. */
  'auto-dismiss': false
}

export interface BlockDevice {
  /** Path or id of the device model; QEMU reports ids as `/machine/peripheral/<id>/…` for some models. */
  qdev: string
  ioStatus?: string
  /** There is a medium in it. */
  loaded: boolean
  /** Its node, and how many others that lies on. */
  node?: string
  depth?: number
}

export interface BlockStatistics {
  qdev: string
  readBytes: number
  writtenBytes: number
  reads: number
  writes: number
  flushes: number
  readSeconds: number
  writeSeconds: number
  flushSeconds: number
}

export interface DescriptorSet {
  id: number
  /** What its descriptors are said to be for. */
  opaque: string[]
}

export const qmpCommands = {
  qmp_capabilities: command<NoArguments, undefined>(quick, nothing),
  'query-status': command<NoArguments, string>(quick, (value) =>
    readText(readRecord(value, 'query-status').status, 'query-status.status'),
  ),
  'query-version': command<NoArguments, string>(quick, (value) => {
    const version = readRecord(readRecord(value, 'query-version').qemu, 'query-version.qemu')
    return ['major', 'minor', 'micro'].map((part) => readNumber(version[part], `version.${part}`)).join('.')
  }),
  'query-machines': command<NoArguments, string[]>(quick, (value) =>
    readList(value, 'query-machines', (entry, place) => {
      const machine = readRecord(entry, place)
      const alias = readOptionalText(machine.alias, `${place}.alias`)
      return [readText(machine.name, `${place}.name`), ...(alias === undefined ? [] : [alias])]
    }).flat(),
  ),
  'query-cpu-definitions': command<NoArguments, CpuDefinition[]>(quick, (value) =>
    readList(value, 'query-cpu-definitions', (entry, place) => {
      const definition = readRecord(entry, place)
      return {
        name: readText(definition.name, `${place}.name`),
        missing: readList(definition['unavailable-features'] ?? [], `${place}.unavailable-features`, readText),
      }
    }),
  ),
  /** The properties of a processor, with their values. */
  'query-cpu-model-expansion': command<
    { type: 'full'; model: { name: string; props?: Record<string, boolean> } },
    WireRecord
  >(quick, (value) => {
    const place = 'query-cpu-model-expansion'
    return readRecord(readRecord(readRecord(value, place).model, `${place}.model`).props, `${place}.model.props`)
  }),
  /** The threads that run the guest's processors, in their order. */
  'query-cpus-fast': command<NoArguments, number[]>(quick, (value) =>
    readList(value, 'query-cpus-fast', (entry, place) => {
      const processor = readRecord(entry, place)
      return {
        index: readNumber(processor['cpu-index'], `${place}.cpu-index`),
        thread: readNumber(processor['thread-id'], `${place}.thread-id`),
      }
    })
      .toSorted((a, b) => a.index - b.index)
      .map(({ thread }) => thread),
  ),
  'qom-list-types': command<{ implements: string; abstract: boolean }, string[]>(quick, (value) =>
    readList(value, 'qom-list-types', (entry, place) => readText(readRecord(entry, place).name, `${place}.name`)),
  ),
  'query-chardev': command<NoArguments, { label: string; frontendOpen: boolean }[]>(quick, (value) =>
    readList(value, 'query-chardev', (entry, place) => {
      const chardev = readRecord(entry, place)
      return {
        label: readText(chardev.label, `${place}.label`),
        frontendOpen: readBoolean(chardev['frontend-open'], `${place}.frontend-open`),
      }
    }),
  ),
  'query-block': command<NoArguments, BlockDevice[]>(quick, (value) =>
    readList(value, 'query-block', (entry, place) => {
      const block = readRecord(entry, place)
      const ioStatus = readOptionalText(block['io-status'], `${place}.io-status`)
      const inserted = block.inserted === undefined ? undefined : readRecord(block.inserted, `${place}.inserted`)
      const node = readOptionalText(inserted?.['node-name'], `${place}.node-name`)
      const depth = readOptionalNumber(inserted?.backing_file_depth, `${place}.backing_file_depth`)
      return {
        qdev: readOptionalText(block.qdev, `${place}.qdev`) ?? '',
        loaded: inserted !== undefined,
        ...(node === undefined ? {} : { node }),
        ...(depth === undefined ? {} : { depth }),
        ...(ioStatus === undefined ? {} : { ioStatus }),
      }
    }),
  ),
  'query-blockstats': command<NoArguments, BlockStatistics[]>(quick, (value) =>
    readList(value, 'query-blockstats', (entry, place) => {
      const block = readRecord(entry, place)
      const stats = readRecord(block.stats, `${place}.stats`)
      return {
        qdev: readOptionalText(block.qdev, `${place}.qdev`) ?? '',
        readBytes: readNumber(stats.rd_bytes, `${place}.rd_bytes`),
        writtenBytes: readNumber(stats.wr_bytes, `${place}.wr_bytes`),
        reads: readNumber(stats.rd_operations, `${place}.rd_operations`),
        writes: readNumber(stats.wr_operations, `${place}.wr_operations`),
        flushes: readNumber(stats.flush_operations, `${place}.flush_operations`),
        readSeconds: readNumber(stats.rd_total_time_ns, `${place}.rd_total_time_ns`) / 1e9,
        writeSeconds: readNumber(stats.wr_total_time_ns, `${place}.wr_total_time_ns`) / 1e9,
        flushSeconds: readNumber(stats.flush_total_time_ns, `${place}.flush_total_time_ns`) / 1e9,
      }
    }),
  ),
  cont: command<NoArguments, undefined>(slow, nothing),
  stop: command<NoArguments, undefined>(slow, nothing),
  quit: command<NoArguments, undefined>(quick, nothing),
  system_powerdown: command<NoArguments, undefined>(quick, nothing),
  system_reset: command<NoArguments, undefined>(slow, nothing),
  'set-action': command<{ reboot: 'reset' | 'shutdown' }, undefined>(quick, nothing),
  set_link: command<{ name: string; up: boolean }, undefined>(quick, nothing),
  /** The reader of the property checks its value. */
  'qom-get': command<{ path: string; property: string }, unknown>(quick, (value) => value),
  'qom-set': command<{ path: string; property: string; value: string | number | boolean }, undefined>(quick, nothing),
  /** Names of the things below a path of QEMU's tree of objects. */
  'qom-list': command<{ path: string }, string[]>(quick, (value) =>
    readList(value, 'qom-list', (entry, place) => readText(readRecord(entry, place).name, `${place}.name`)),
  ),
  'blockdev-add': command<Record<string, unknown>, undefined>(slow, nothing),
  'blockdev-del': command<{ 'node-name': string }, undefined>(slow, nothing),
  device_add: command<Record<string, unknown>, undefined>(slow, nothing),
  /** Answers before the guest has let go of the device: DEVICE_DELETED tells of that. */
  device_del: command<{ id: string }, undefined>(slow, nothing),
  'blockdev-open-tray': command<{ id: string; force: boolean }, undefined>(slow, nothing),
  'blockdev-close-tray': command<{ id: string }, undefined>(slow, nothing),
  'blockdev-remove-medium': command<{ id: string }, undefined>(slow, nothing),
  'blockdev-insert-medium': command<{ id: string; 'node-name': string }, undefined>(slow, nothing),
  /** The descriptor comes beside the command. */
  'add-fd': command<{ opaque: string }, number>(quick, (value) =>
    readNumber(readRecord(value, 'add-fd')['fdset-id'], 'add-fd.fdset-id'),
  ),
  'remove-fd': command<{ 'fdset-id': number }, undefined>(quick, nothing),
  'query-fdsets': command<NoArguments, DescriptorSet[]>(quick, (value) =>
    readList(value, 'query-fdsets', (entry, place) => {
      const set = readRecord(entry, place)
      return {
        id: readNumber(set['fdset-id'], `${place}.fdset-id`),
        opaque: readList(set.fds, `${place}.fds`, (fd, at) =>
          readOptionalText(readRecord(fd, at).opaque, `${at}.opaque`),
        ).filter((text) => text !== undefined),
      }
    }),
  ),
  'query-named-block-nodes': command<{ flat: true }, BlockNode[]>(slow, (value) =>
    readList(value, 'query-named-block-nodes', (entry, place) => {
      const node = readRecord(entry, place)
      return {
        node: readOptionalText(node['node-name'], `${place}.node-name`) ?? '',
        filename: readText(node.file, `${place}.file`),
        readOnly: readBoolean(node.ro, `${place}.ro`),
        sizeBytes: readNumber(readRecord(node.image, `${place}.image`)['virtual-size'], `${place}.virtual-size`),
        bitmaps: readList(node['dirty-bitmaps'] ?? [], `${place}.dirty-bitmaps`, readBitmap),
      }
    }),
  ),
  'blockdev-reopen': command<{ options: Record<string, unknown>[] }, undefined>(untilDone, nothing),
  block_resize: command<{ 'node-name': string; size: number }, undefined>(untilDone, nothing),
  transaction: command<{ actions: BlockAction[] }, undefined>(untilDone, nothing),
  'block-dirty-bitmap-add': command<BlockActions['block-dirty-bitmap-add'], undefined>(slow, nothing),
  'block-dirty-bitmap-merge': command<BlockActions['block-dirty-bitmap-merge'], undefined>(slow, nothing),
  'block-dirty-bitmap-remove': command<BitmapArguments, undefined>(slow, nothing),
  'block-stream': command<
    JobArguments & { device: string; 'base-node'?: string; 'backing-file'?: string; 'on-error': 'report' },
    undefined
  >(untilDone, nothing),
  'block-commit': command<
    JobArguments & {
      device: string
      'top-node': string
      'base-node': string
      'backing-file'?: string
      'on-error': 'report'
    },
    undefined
  >(untilDone, nothing),
  'blockdev-mirror': command<
    JobArguments & {
      device: string
      target: string
      sync: 'full'
      'copy-mode': 'write-blocking'
      'on-source-error': 'report'
      'on-target-error': 'report'
    },
    undefined
  >(untilDone, nothing),
  'nbd-server-start': command<{ addr: { type: 'unix'; data: { path: string } }; 'max-connections': number }, undefined>(
    slow,
    nothing,
  ),
  /** Closes all exports, and who reads them is cut off. */
  'nbd-server-stop': command<NoArguments, undefined>(untilDone, nothing),
  'block-export-add': command<
    { type: 'nbd'; id: string; 'node-name': string; name: string; writable: false; bitmaps: string[] },
    undefined
  >(slow, nothing),
  'query-jobs': command<NoArguments, Job[]>(slow, (value) =>
    readList(value, 'query-jobs', (entry, place) => {
      const job = readRecord(entry, place)
      const error = readOptionalText(job.error, `${place}.error`)
      return {
        id: readText(job.id, `${place}.id`),
        status: readText(job.status, `${place}.status`),
        done: readNumber(job['current-progress'], `${place}.current-progress`),
        total: readNumber(job['total-progress'], `${place}.total-progress`),
        ...(error === undefined ? {} : { error }),
      }
    }),
  ),
  'job-cancel': command<{ id: string }, undefined>(slow, nothing),
  'job-complete': command<{ id: string }, undefined>(slow, nothing),
  'job-finalize': command<{ id: string }, undefined>(untilDone, nothing),
  'job-dismiss': command<{ id: string }, undefined>(slow, nothing),
  'dump-guest-memory': command<{ paging: false; protocol: string; detach: true }, undefined>(slow, nothing),
  'query-dump': command<NoArguments, DumpState>(quick, (value) => {
    const dump = readRecord(value, 'query-dump')
    return {
      status: readText(dump.status, 'query-dump.status'),
      done: readNumber(dump.completed, 'query-dump.completed'),
      total: readNumber(dump.total, 'query-dump.total'),
    }
  }),
  screendump: command<{ filename: string }, undefined>(slow, nothing),
  'human-monitor-command': command<{ 'command-line': string }, string>(quick, (value) => {
    // Not through readText: the list of connections of a busy guest is longer than one text field may be.
    if (typeof value !== 'string') return readText(value, 'human-monitor-command')
    return value
  }),
}

function readBitmap(value: unknown, place: string): Bitmap {
  const bitmap = readRecord(value, place)
  return {
    // One without a name serves a job.
    name: readOptionalText(bitmap.name, `${place}.name`) ?? '',
    persistent: readBoolean(bitmap.persistent, `${place}.persistent`),
    recording: readBoolean(bitmap.recording, `${place}.recording`),
    inconsistent: bitmap.inconsistent === true,
  }
}

export type QmpCommandName = keyof typeof qmpCommands

export type QmpArguments<Name extends QmpCommandName> =
  (typeof qmpCommands)[Name] extends QmpCommand<infer Arguments, unknown> ? Arguments : never

export type QmpResult<Name extends QmpCommandName> = ReturnType<(typeof qmpCommands)[Name]['read']>
