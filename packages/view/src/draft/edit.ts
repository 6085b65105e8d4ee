/** A YAML text with one place changed: by splicing where that says what is meant, by writing the document anew where it does not. */

import { deepEqual, type Json, type JsonObject } from '@berth/meta'
import { changedAt, itemNames, valueAt, type DraftPath } from './path.ts'
import { changesBetween } from './changes.ts'
import { spliced } from './splice.ts'
import { readYaml, writeYaml } from './yaml-text.ts'

/** `value` undefined takes the member away. @throws {RangeError} when the text is no manifest or the place can't be there */
export function editedText(text: string, path: DraftPath, value: Json | undefined): string {
  const read = readYaml(text)
  if ('problem' in read) throw new RangeError(read.problem.message)
  const wanted = changedAt(read.value, path, value)
  if (deepEqual(wanted, read.value)) return text
  const splice = spliced(text, read.document, { path, value })
  return says(splice, wanted) ? splice : rewritten(text, wanted)
}

/** The text with the smallest changes that make it say `value`. */
export function textSaying(text: string, value: JsonObject): string {
  const read = readYaml(text)
  if ('problem' in read) return writeYaml(value)
  let now = text
  for (const { path, after } of changesBetween(read.value, value)) now = editedText(now, path, after)
  // The order of a list with names can differ though every item is the same.
  return says(now, value) ? now : rewritten(now, value)
}

function says(text: string | undefined, value: Json | undefined): text is string {
  if (text === undefined) return false
  const read = readYaml(text)
  return 'value' in read && deepEqual(read.value, value)
}

/** Keeps comments where the library can. */
function rewritten(text: string, wanted: Json | undefined): string {
  const read = readYaml(text)
  if ('document' in read) {
    const { document } = read
    for (const { path, after } of changesBetween(read.value, wanted)) {
      const steps = plainSteps(document.toJS() as Json, path)
      if (after === undefined) document.deleteIn(steps)
      else document.setIn(steps, document.createNode(after))
    }
    const written = document.toString({ lineWidth: 0 })
    if (says(written, wanted)) return written
  }
  return writeYaml(wanted ?? {})
}

/** As the library counts: names of items become their numbers, as they are now. */
function plainSteps(value: Json, path: DraftPath): (string | number)[] {
  return path.map((step, depth) => {
    if (typeof step !== 'object') return step
    const items = valueAt(value, path.slice(0, depth))
    if (!Array.isArray(items)) return 0
    const index = (itemNames(items) ?? []).indexOf(step.name)
    return index < 0 ? items.length : index
  })
}
