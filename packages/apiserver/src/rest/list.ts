/** GET of a collection. */

import type { ListMeta } from '@berth/meta'
import { collectionOf, keyOf } from '../resource/traits.ts'
import { StoreError, type ListOptions, type ListResult, type StoredObject } from '../storage/store.ts'
import type { ApiAnswer } from '../transport.ts'
import type { ResourceCall } from './call.ts'
import { decodeFor } from './answer.ts'
import { answerObjects } from './list-body.ts'
import { encodeContinue, readListVersion, tooNew, tooOld } from './list-version.ts'
import { inSlices } from '../server/turns.ts'
import { selectionOf, type Selection } from './selection.ts'

export async function list(call: ResourceCall): Promise<ApiAnswer> {
  const { services, request } = call
  const selection = selectionOf(call.definition, request.query)
  const { limit, revision, after } = readListVersion(services.store, request.query)
  const options = {
    ...prefixOf(call),
    ...(revision === undefined ? {} : { revision }),
    ...(after === undefined ? {} : { after }),
  }
  const page = selection.everything
    ? plainPage(call, options, limit)
    : await selectedPage(call, options, { limit, selection })
  const meta: ListMeta = { resourceVersion: String(page.revision) }
  const last = page.items.at(-1)
  if (page.more && last !== undefined) {
    meta.continue = encodeContinue(page.revision, page.lastKey)
    // With selectors nobody knows how many of the rest would match.
    if (selection.everything) meta.remainingItemCount = page.remaining
  }
  return answerObjects(
    call,
    page.items.map((item) => item.value),
    meta,
  )
}

/** Only the namespace of the path, when there is one. */
export function prefixOf(call: Pick<ResourceCall, 'definition' | 'namespace'>): { prefix?: string } {
  if (!call.definition.namespaced || call.namespace === undefined) return {}
  return { prefix: keyOf(call.namespace, '') }
}

interface Page {
  items: StoredObject[]
  revision: number
  more: boolean
  lastKey: string
  remaining: number
}

function plainPage(call: ResourceCall, options: ListOptions, limit: number | undefined): Page {
  const result = read(call, limit === undefined ? options : { ...options, limit })
  const lastKey = result.items.at(-1)?.key ?? ''
  return {
    items: result.items,
    revision: result.revision,
    more: result.remaining > 0,
    lastKey,
    remaining: result.remaining,
  }
}

async function selectedPage(
  call: ResourceCall,
  options: ListOptions,
  { limit, selection }: { limit: number | undefined; selection: Selection },
): Promise<Page> {
  const named = selection.name === undefined ? undefined : namedItem(call, options, selection.name)
  if (named !== undefined) {
    const items = named.items.filter((item) => selection.matches(decodeFor(call, item.value)))
    return { items, revision: named.revision, more: false, lastKey: '', remaining: 0 }
  }
  // References to one moment's objects: what changes while they are looked at does not change them.
  const result = read(call, options)
  const items: StoredObject[] = []
  let more = false
  await inSlices(result.items, (item, index) => {
    if (!selection.mayMatch(item.value) || !selection.matches(decodeFor(call, item.value))) return true
    items.push(item)
    if (items.length !== limit) return true
    more = index + 1 < result.items.length
    return false
  })
  return { items, revision: result.revision, more, lastKey: items.at(-1)?.key ?? '', remaining: 0 }
}

/** One name in one place needs no scan. */
function namedItem(
  call: ResourceCall,
  options: ListOptions,
  name: string,
): { items: StoredObject[]; revision: number } | undefined {
  const { definition, namespace, services } = call
  if (options.revision !== undefined || options.after !== undefined) return undefined
  if (definition.namespaced && namespace === undefined) return undefined
  const stored = services.store.get(
    collectionOf(definition),
    keyOf(definition.namespaced ? namespace : undefined, name),
  )
  return { items: stored === undefined ? [] : [stored], revision: services.store.revision }
}

function read(call: ResourceCall, options: ListOptions): ListResult {
  const { store } = call.services
  try {
    return store.list(collectionOf(call.definition), options)
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    if (error.code === 'FutureRevision') throw tooNew(options.revision ?? 0, store.revision)
    if (error.code !== 'Compacted') throw error
    throw expired(options.after)
  }
}

function expired(after: string | undefined): Error {
  if (after === undefined) return tooOld('The resourceVersion for the provided list is too old.')
  const error = tooOld(
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without ' +
      'the continue parameter, or use the continue token in this response to retrieve the remainder of the results. ' +
      'Continuing with the provided token results in an inconsistent list - objects that were created, modified, or ' +
      'deleted between the time the first chunk was returned and now may show up in the list.',
  )
  error.status.metadata = { continue: encodeContinue(-1, after) }
  return error
}
