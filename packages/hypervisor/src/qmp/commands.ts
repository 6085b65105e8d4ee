/**
 * The QMP commands in use: what they take, how their answer is read, how long they may take. One row each; an answer that does not
 * fit its row is a Protocol error. Source: QEMU's QMP reference manual (docs/interop/qemu-qmp-ref).
 */

import { readBoolean, readList, readNumber, readOptionalText, readRecord, readText, type WireRecord } from '../wire.ts'

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

export interface CpuDefinition {
  name: string
  /** Features of the model that a guest cannot have here. */
  missing: string[]
}

export interface BlockDevice {
  /** Path or id of the device model; QEMU reports ids as `/machine/peripheral/<id>/…` for some models. */
  qdev: string
  ioStatus?: string
  /** There is a medium in it. */
  loaded: boolean
}

export interface BlockStatistics {
  qdev: string
  readBytes: number
  writtenBytes: number
  reads: number
  writes: number
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
      return {
        qdev: readOptionalText(block.qdev, `${place}.qdev`) ?? '',
        loaded: block.inserted !== undefined,
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
  screendump: command<{ filename: string }, undefined>(slow, nothing),
  'human-monitor-command': command<{ 'command-line': string }, string>(quick, (value) => {
    // Not through readText: the list of connections of a busy guest is longer than one text field may be.
    if (typeof value !== 'string') return readText(value, 'human-monitor-command')
    return value
  }),
}

export type QmpCommandName = keyof typeof qmpCommands

export type QmpArguments<Name extends QmpCommandName> =
  (typeof qmpCommands)[Name] extends QmpCommand<infer Arguments, unknown> ? Arguments : never

export type QmpResult<Name extends QmpCommandName> = ReturnType<(typeof qmpCommands)[Name]['read']>
