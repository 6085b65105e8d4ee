/**
 * A list as bytes, object by object, so that fifty thousand of them neither stop the server for a second nor lie in memory a
 * second time. What `answer.ts` says of small lists, this says of lists of any size, in the same bytes.
 */

import { apiVersionOf, type Json, type ListMeta } from '@berth/meta'
import { stringify } from 'yaml'
import { groups } from '../auth/names.ts'
import { listKindOf, storageVersionOf } from '../resource/traits.ts'
import { inSlices, ownTurn } from '../server/turns.ts'
import { whenOver } from '../server/when-over.ts'
import { partialObject, partialObjectList } from '../table/table.ts'
import type { ApiAnswer } from '../transport.ts'
import { decodeFor, tableOf } from './answer.ts'
import type { ApiObject } from './api-object.ts'
import type { ResourceCall } from './call.ts'
import { inVersion } from './stored-form.ts'

/** Lists from this size on are sent as a stream, to callers that take one. */
const streamBytes = 1024 * 1024
/** Bytes of one chunk of a stream: few enough to be written in one go, enough that each write is worth it. */
const chunkBytes = 128 * 1024

/** How a list is put together around its objects. */
interface Frame {
  /** Everything before the first object. */
  head: string
  separator: string
  tail: string
  contentType: string
}

/** @throws {StatusError} TooManyRequests when too many big lists are being sent */
export async function answerObjects(call: ResourceCall, values: readonly Buffer[], meta: ListMeta): Promise<ApiAnswer> {
  const { representation, definition, version } = call
  const plain = representation.as === 'object' && representation.media === 'json' && !representation.pretty
  if (!plain) {
    const { frame, parts } = await rendered(call, values, meta)
    return answerParts(call, { frame, parts, render: (part) => part, bytes: sum(parts) })
  }
  const head = {
    kind: listKindOf(definition),
    apiVersion: apiVersionOf({ group: definition.group, version }),
    metadata: meta,
  }
  const frame = { ...jsonFrame(head, 'items', false), contentType: 'application/json' }
  const stored = definition.conversion === undefined && version === storageVersionOf(definition)
  return answerParts(call, {
    frame,
    parts: values,
    render: (value) => (stored ? value : inVersion(definition, version, value)),
    // Another version is of nearly this size, but nobody knows it before all is rendered.
    bytes: sum(values),
    exact: stored,
  })
}

interface Parts {
  frame: Frame
  parts: readonly Buffer[]
  render(part: Buffer): Buffer
  /** Of all parts. */
  bytes: number
  /** False when rendering changes the size. */
  exact?: boolean
}

async function answerParts(call: ResourceCall, list: Parts): Promise<ApiAnswer> {
  const { request, services } = call
  const headers: Record<string, string> = {
    'content-type': list.frame.contentType,
    'cache-control': 'no-cache, private',
  }
  if (list.bytes < streamBytes)
    return { kind: 'full', code: 200, headers, body: Buffer.concat([...chunksOf(list, streamBytes)]) }
  // The server's own parts and administrators must get through an overload to end it.
  const exempt = call.user.groups.includes(groups.masters)
  const release = exempt ? () => {} : services.lists.take(list.bytes)
  if (request.streamsLists !== true) {
    try {
      const chunks: Buffer[] = []
      for (const chunk of chunksOf(list, streamBytes)) {
        chunks.push(chunk)
        await ownTurn()
      }
      return { kind: 'full', code: 200, headers, body: Buffer.concat(chunks) }
    } finally {
      release()
    }
  }
  const { head, separator, tail } = list.frame
  const around =
    Buffer.byteLength(head) + Buffer.byteLength(tail) + separator.length * Math.max(0, list.parts.length - 1)
  if (list.exact !== false) headers['content-length'] = String(around + list.bytes)
  return whenOver({ kind: 'stream', code: 200, headers, body: asynchronous(list) }, request.signal, release)
}

async function* asynchronous(list: Parts): AsyncGenerator<Uint8Array> {
  yield* chunksOf(list, chunkBytes)
}

/** The list in chunks of at least so many bytes; each is put together when it is asked for. */
function* chunksOf(list: Parts, atLeast: number): Generator<Buffer> {
  const { frame, parts } = list
  const separator = Buffer.from(frame.separator)
  let chunk: Buffer[] = [Buffer.from(frame.head)]
  let size = 0
  for (const [index, part] of parts.entries()) {
    if (index > 0) chunk.push(separator)
    const bytes = list.render(part)
    chunk.push(bytes)
    size += bytes.length
    if (size < atLeast) continue
    yield Buffer.concat(chunk)
    chunk = []
    size = 0
  }
  chunk.push(Buffer.from(frame.tail))
  yield Buffer.concat(chunk)
}

function sum(buffers: readonly Buffer[]): number {
  let bytes = 0
  for (const { length } of buffers) bytes += length
  return bytes
}

/** Objects that must be read: tables, metadata, YAML, and JSON for people. */
async function rendered(
  call: ResourceCall,
  values: readonly Buffer[],
  meta: ListMeta,
): Promise<{ frame: Frame; parts: Buffer[] }> {
  const { definition, version, representation } = call
  const { media, metaVersion, pretty, as } = representation
  const kind = listKindOf(definition)
  const apiVersion = apiVersionOf({ group: definition.group, version })
  const forms: Record<
    typeof as,
    { shell: () => object; member: 'items' | 'rows'; item: (object: ApiObject) => object }
  > = {
    object: { shell: () => ({ kind, apiVersion, metadata: meta }), member: 'items', item: (object) => object },
    partial: {
      shell: () => partialObjectList([], meta, metaVersion),
      member: 'items',
      item: (object) => partialObject(object, metaVersion),
    },
    table: { shell: () => tableOf(call, [], meta), member: 'rows', item: (object) => rowOf(call, object) },
  }
  const { shell, member, item } = forms[as]
  const { [member]: _, ...head } = shell() as Record<string, Json>
  const write = media === 'yaml' ? yamlItem : pretty ? prettyItem : JSON.stringify
  const parts: Buffer[] = []
  await inSlices(values, (value) => {
    parts.push(Buffer.from(write(item(decodeFor(call, value)))))
  })
  if (media === 'yaml') return { frame: yamlFrame(head, member, parts.length), parts }
  return {
    frame: { ...jsonFrame(head, member, pretty && parts.length > 0, pretty), contentType: 'application/json' },
    parts,
  }
}

function rowOf(call: ResourceCall, object: ApiObject): object {
  const { rows } = tableOf(call, [object], {}, { columnDefinitions: false }) as { rows: object[] }
  return rows[0] ?? {}
}

function jsonFrame(head: object, member: string, broken: boolean, pretty = false): Omit<Frame, 'contentType'> {
  if (!pretty) {
    return { head: `${JSON.stringify(head).slice(0, -1)},"${member}":[`, separator: ',', tail: ']}\n' }
  }
  const before = JSON.stringify(head, null, 2).slice(0, -2)
  const [start, end] = broken ? ['\n    ', '\n  '] : ['', '']
  return { head: `${before},\n  "${member}": [${start}`, separator: ',\n    ', tail: `${end}]\n}\n` }
}

/** JSON text has no line breaks of its own inside strings. */
function prettyItem(item: object): string {
  return JSON.stringify(item, null, 2).replaceAll('\n', '\n    ')
}

const yamlOptions = { aliasDuplicateObjects: false } as const

function yamlItem(item: object): string {
  return stringify([item], yamlOptions)
}

function yamlFrame(head: object, member: string, count: number): Frame {
  const list = count === 0 ? `${member}: []\n` : `${member}:\n`
  return { head: stringify(head, yamlOptions) + list, separator: '', tail: '', contentType: 'application/yaml' }
}
