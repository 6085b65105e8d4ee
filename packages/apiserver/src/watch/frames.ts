/** Watch events as bytes. An event is rendered once per form and shared by all who watch. */

export type EventType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'

/** Events whose rendered forms are kept: enough to cover watchers that are a little apart. */
const keptEvents = 256

/** A frame from an object's own bytes, without reading them. */
export function frameOf(type: EventType, object: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`{"type":"${type}","object":`), object, Buffer.from('}\n')])
}

export function frameOfValue(type: EventType, object: object): Buffer {
  return Buffer.from(`{"type":"${type}","object":${JSON.stringify(object)}}\n`)
}

/** Rendered frames of the latest events, by revision (which is unique over all collections) and form. */
export class FrameCache {
  readonly #events = new Map<number, Map<string, unknown>>()

  /** @param form names everything the bytes depend on beside the event */
  get<T>(revision: number, form: string, make: () => T): T {
    let forms = this.#events.get(revision)
    if (forms === undefined) {
      forms = new Map()
      this.#events.set(revision, forms)
      if (this.#events.size > keptEvents) this.#dropOldest()
    }
    // A form is only ever filled by the same kind of maker, because its name says which.
    const kept = forms.get(form) as T | undefined
    if (kept !== undefined) return kept
    const made = make()
    forms.set(form, made)
    return made
  }

  #dropOldest(): void {
    for (const revision of this.#events.keys()) {
      this.#events.delete(revision)
      return
    }
  }
}
