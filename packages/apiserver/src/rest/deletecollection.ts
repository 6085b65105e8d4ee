/** DELETE of a collection: every object a selector matches, one by one. */

import { StatusError } from '@berth/meta'
import { collectionOf } from '../resource/traits.ts'
import type { ApiAnswer } from '../transport.ts'
import type { ResourceCall } from './call.ts'
import { deleteObject } from './delete.ts'
import { readDeleteOptions } from './delete-options.ts'
import { answerObjects } from './list-body.ts'
import { prefixOf } from './list.ts'
import { readListVersion } from './list-version.ts'
import { inSlices } from '../server/turns.ts'
import { selectionOf } from './selection.ts'
import { decodeStored } from './stored-form.ts'

/** Deletes running at once: enough for the store to group their commits. */
const batch = 64

export async function deleteCollection(call: ResourceCall): Promise<ApiAnswer> {
  const { definition, request, services } = call
  const options = await readDeleteOptions(call)
  const selection = selectionOf(definition, request.query)
  // A list nobody could ask for is nothing to delete by.
  readListVersion(services.store, request.query)
  const asked = options.dryRun ? { ...call, dryRun: true } : call
  const { items, revision } = services.store.list(collectionOf(definition), prefixOf(call))
  const targets: { name: string; namespace: string | undefined }[] = []
  await inSlices(items, ({ value }) => {
    if (!selection.mayMatch(value)) return
    const object = decodeStored(value)
    const { name = '', namespace } = object.metadata
    if (selection.matches(object)) targets.push({ name, namespace })
  })
  const deleted: Buffer[] = []
  for (let start = 0; start < targets.length; start += batch) {
    const running = targets.slice(start, start + batch).map(async ({ name, namespace }) => {
      try {
        return (await deleteObject({ ...asked, namespace, name }, options)).value
      } catch (error) {
        // Someone else was faster: gone is what was asked for.
        if (error instanceof StatusError && error.code === 'NotFound') return undefined
        throw error
      }
    })
    for (const value of await Promise.all(running)) if (value !== undefined) deleted.push(value)
  }
  return answerObjects(call, deleted, { resourceVersion: String(revision) })
}
