/** Reads the requests of a form; a browser may have sent anything. */

import { isJsonObject, type Json } from '@berth/meta'
import {
  formActions,
  formGoals,
  type DiskMove,
  type FormAction,
  type FormGoal,
  type ObjectReference,
} from '@berth/view'
import { readReference } from '../channels/request-fields.ts'
import { ConsoleError } from '../errors.ts'
import { clusterPath } from '../gateway/path.ts'

const maxItems = 500
const maxCalls = 4
const methods = ['POST', 'PUT', 'PATCH', 'DELETE'] as const

export interface ParsedCall {
  method: (typeof methods)[number]
  path: string
  body?: Json
  /** Of the body as text. */
  size: number
}

export interface ParsedRequests {
  action: FormAction
  goal: FormGoal | undefined
  items: { target: ObjectReference; calls: ParsedCall[]; afterwards: ParsedCall[]; move?: DiskMove }[]
}

const bad = (message: string): ConsoleError => new ConsoleError('BadRequest', message)

/** @throws {ConsoleError} BadRequest with the field; Forbidden for a path that the gateway does not pass either */
export function parseRequests(value: unknown): ParsedRequests {
  const fields = isJsonObject(value) ? value : {}
  const action = formActions.find((known) => known === fields['action'])
  if (action === undefined) throw bad(`requests.action: must be one of ${formActions.join(', ')}`)
  const { items } = fields
  const goal = formGoals.find((known) => known === fields['goal'])
  if (fields['goal'] !== undefined && goal === undefined) {
    throw bad(`requests.goal: must be one of ${formGoals.join(', ')}`)
  }
  if (!Array.isArray(items) || items.length === 0 || items.length > maxItems) {
    throw bad(`requests.items: must be 1 to ${maxItems} objects with their requests`)
  }
  return { action, goal, items: items.map(parseItem) }
}

function parseItem(value: unknown): ParsedRequests['items'][number] {
  const { target, calls, afterwards = [], move } = isJsonObject(value) ? value : {}
  if (!Array.isArray(calls) || calls.length === 0 || calls.length > maxCalls) {
    throw bad(`requests.items[].calls: must be 1 to ${maxCalls} requests`)
  }
  if (!Array.isArray(afterwards) || afterwards.length > maxCalls) {
    throw bad(`requests.items[].afterwards: must be at most ${maxCalls} requests`)
  }
  return {
    target: readReference(target),
    calls: calls.map(parseCall),
    afterwards: afterwards.map(parseCall),
    ...(move === undefined ? {} : { move: parseMove(move) }),
  }
}

function parseMove(value: unknown): DiskMove {
  const { volume, claim } = isJsonObject(value) ? value : {}
  if (typeof volume !== 'string' || typeof claim !== 'string') {
    throw bad('requests.items[].move: must name a volume and a claim')
  }
  return { volume, claim }
}

function parseCall(value: unknown): ParsedCall {
  const fields = isJsonObject(value) ? value : {}
  const method = methods.find((known) => known === fields['method'])
  if (method === undefined) throw bad(`requests.items[].calls[].method: must be one of ${methods.join(', ')}`)
  const { path, body } = fields
  if (typeof path !== 'string') throw bad('requests.items[].calls[].path: must be a path of the API')
  const call = { method, path: clusterPath(path) }
  return body === undefined ? { ...call, size: 0 } : { ...call, body, size: JSON.stringify(body).length }
}
