/** Reads `POST /api/plans`; a browser may have sent anything. */

import { isJsonObject, type JsonObject } from '@berth/meta'
import { findAction, type ActionSpec, type Selection } from '@berth/view'
import { ConsoleError } from '../errors.ts'

/** Objects of one plan. Ten thousand rows may be chosen, and no more. */
export const maxTargets = 10_000
const maxKeyLength = 700
const maxQueryLength = 4096

export interface ParsedPlan {
  action: ActionSpec
  selection: Selection
  options: { keepDisks?: boolean; gracePeriod?: number }
}

const bad = (message: string): ConsoleError => new ConsoleError('BadRequest', message)

/** @throws {ConsoleError} BadRequest with the field */
export function parsePlanRequest(body: unknown): ParsedPlan {
  if (!isJsonObject(body)) throw bad('the request must be an object')
  const action = typeof body['action'] === 'string' ? findAction(body['action']) : undefined
  if (action === undefined || action.does === 'opens') throw bad('action: must be an action that there is')
  return { action, selection: parseSelection(body['selection']), options: parseOptions(body['options']) }
}

function parseSelection(value: unknown): Selection {
  if (!isJsonObject(value)) throw bad('selection: must be an object')
  if (value['kind'] === 'keys') return { kind: 'keys', keys: texts(value, 'keys') }
  if (value['kind'] !== 'query') throw bad('selection.kind: must be "keys" or "query"')
  const { query, table } = value
  if (typeof query !== 'string' || query.length > maxQueryLength) throw bad('selection.query: must be a text')
  if (table !== 'workloads') throw bad('selection.table: must be "workloads"')
  return { kind: 'query', table, query, except: texts(value, 'except') }
}

function texts(fields: JsonObject, name: string): string[] {
  const list = fields[name]
  if (!Array.isArray(list) || list.length > maxTargets)
    throw bad(`selection.${name}: must be a list of at most ${maxTargets}`)
  const found = list.filter(
    (item): item is string => typeof item === 'string' && item !== '' && item.length <= maxKeyLength,
  )
  if (found.length !== list.length) throw bad(`selection.${name}: must hold keys of rows`)
  return [...new Set(found)]
}

function parseOptions(value: unknown): ParsedPlan['options'] {
  if (value === undefined) return {}
  if (!isJsonObject(value)) throw bad('options: must be an object')
  const { keepDisks, gracePeriod } = value
  if (keepDisks !== undefined && typeof keepDisks !== 'boolean') throw bad('options.keepDisks: must be true or false')
  const isGrace =
    typeof gracePeriod === 'number' && Number.isInteger(gracePeriod) && gracePeriod >= 0 && gracePeriod <= 86_400
  if (gracePeriod !== undefined && !isGrace) throw bad('options.gracePeriod: must be whole seconds')
  return { ...(keepDisks === undefined ? {} : { keepDisks }), ...(isGrace ? { gracePeriod } : {}) }
}
