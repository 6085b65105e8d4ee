/** From a store's event to the frame of one watcher: what its selector makes of it, in the form it asked for. */

import { apiVersionOf } from '@berth/meta'
import { decodeFor, tableOf } from '../rest/answer.ts'
import type { ApiObject } from '../rest/api-object.ts'
import type { ResourceCall } from '../rest/call.ts'
import type { Selection } from '../rest/selection.ts'
import { decodeStored, inVersion } from '../rest/stored-form.ts'
import type { StoredObject, StoreEvent } from '../storage/store.ts'
import { partialObject } from '../table/table.ts'
import type { Pending } from './backlog.ts'
import { frameOf, frameOfValue, type EventType } from './frames.ts'

/** What a watcher sees of an event. */
interface Seen {
  type: EventType
  value: Buffer
  /** The object left the selection: `value` is its last selected state, and its version must become the event's. */
  left: boolean
}

export class WatchRenderer {
  readonly #call: ResourceCall
  readonly #selection: Selection
  /** Only the first table of a watch describes its columns. */
  #first = true

  constructor(call: ResourceCall, selection: Selection) {
    this.#call = call
    this.#selection = selection
  }

  /** The ADDED event of an object that is there when the watch begins; undefined when it is not selected. */
  initial(item: StoredObject): Pending | undefined {
    if (!this.#selection.everything && !this.#selection.matches(decodeFor(this.#call, item.value))) return undefined
    return { bytes: item.value.length, render: () => this.#frame('ADDED', item.value) }
  }

  /** Undefined when the watcher's selector does not concern it. */
  event(event: StoreEvent): Pending | undefined {
    const seen = this.#see(event)
    if (seen === undefined) return undefined
    return { bytes: seen.value.length, render: () => this.#shared(event.revision, seen) }
  }

  bookmark(revision: number, annotations?: Record<string, string>): Pending {
    const { definition, version, representation } = this.#call
    const metadata = {
      resourceVersion: String(revision),
      creationTimestamp: null,
      ...(annotations === undefined ? {} : { annotations }),
    }
    const metaVersion = `meta.k8s.io/${representation.metaVersion}`
    const forms = {
      object: () => ({
        kind: definition.kind,
        apiVersion: apiVersionOf({ group: definition.group, version }),
        metadata,
      }),
      partial: () => ({ kind: 'PartialObjectMetadata', apiVersion: metaVersion, metadata }),
      table: () => tableOf(this.#call, [], { resourceVersion: String(revision) }, { columnDefinitions: false }),
    }
    const frame = frameOfValue('BOOKMARK', forms[representation.as]())
    return { bytes: frame.length, render: () => frame }
  }

  #see(event: StoreEvent): Seen | undefined {
    if (this.#selection.everything) {
      const type = event.type === 'delete' ? 'DELETED' : event.previous === undefined ? 'ADDED' : 'MODIFIED'
      return { type, value: event.value, left: false }
    }
    const before = this.#matchedBefore(event)
    if (event.type === 'delete') return before ? { type: 'DELETED', value: event.value, left: false } : undefined
    const object = this.#decoded(event.revision, 'current', event.value)
    if (this.#selection.matches(object)) return { type: before ? 'MODIFIED' : 'ADDED', value: event.value, left: false }
    return before && event.previous !== undefined ? { type: 'DELETED', value: event.previous, left: true } : undefined
  }

  #matchedBefore(event: StoreEvent): boolean {
    if (event.previous === undefined) return false
    return this.#selection.matches(this.#decoded(event.revision, 'previous', event.previous))
  }

  /** Shared by all watchers of the event; nobody may change it. */
  #decoded(revision: number, which: string, value: Buffer): ApiObject {
    // What a version shows changes with its definition.
    const form = `${which} ${this.#call.version} ${this.#call.services.registry.revision}`
    return this.#call.services.frames.get(revision, form, () => decodeFor(this.#call, value))
  }

  #shared(revision: number, seen: Seen): Buffer {
    const { representation, version, request, services } = this.#call
    const form = [
      seen.type,
      seen.left,
      // One object may be served by two groups, as events are.
      this.#call.definition.group,
      version,
      services.registry.revision,
      representation.as,
      representation.metaVersion,
      representation.as === 'table' && this.#first,
      representation.as === 'table' ? request.query.get('includeObject') : '',
    ].join(' ')
    const frame = services.frames.get(revision, form, () =>
      this.#frame(seen.type, seen.left ? moved(seen.value, revision) : seen.value),
    )
    this.#first = false
    return frame
  }

  #frame(type: EventType, value: Buffer): Buffer {
    const { definition, representation, version } = this.#call
    const bytes = inVersion(definition, version, value)
    if (representation.as === 'object') return frameOf(type, bytes)
    const object = decodeStored(bytes)
    if (representation.as === 'partial') return frameOfValue(type, partialObject(object, representation.metaVersion))
    return frameOfValue(type, this.#table(object))
  }

  #table(object: ApiObject): object {
    const { resourceVersion = '' } = object.metadata
    const table = tableOf(this.#call, [object], { resourceVersion }, { columnDefinitions: this.#first })
    this.#first = false
    return table
  }
}

/** An object that left the selection, with the version of the event that took it out. */
function moved(value: Buffer, revision: number): Buffer {
  const object = decodeStored(value)
  object.metadata.resourceVersion = String(revision)
  return Buffer.from(JSON.stringify(object))
}
