/** The message table, read: fields of a message by number. */

import { messageFields } from './message-fields.ts'

/** Of one value; a message by its name. */
export type ValueType = 's' | 'b' | 'i' | 'd' | 'y' | 't' | 'u' | 'q' | 'o' | 'r' | 'g' | 'l' | { message: string }

export interface FieldSpec {
  shape: 'single' | 'list' | 'map' | 'inline'
  type: ValueType
  /** Zero and empty were said, not left out. */
  pointer: boolean
  /** Member in JSON; "" when inline. */
  name: string
}

const shapes = { '*': 'list', '%': 'map', '^': 'inline', '': 'single' } as const
const scalars = new Set<string>(['s', 'b', 'i', 'd', 'y', 't', 'u', 'q', 'o', 'r', 'g', 'l'])
const parsed = new Map<string, ReadonlyMap<number, FieldSpec>>()

/** Undefined for a message that is not in the table. */
export function fieldsOf(message: string): ReadonlyMap<number, FieldSpec> | undefined {
  const known = parsed.get(message)
  if (known) return known
  const text = Object.hasOwn(messageFields, message) ? messageFields[message] : undefined
  if (text === undefined) return undefined
  const fields = new Map(text === '' ? [] : text.split(', ').map(parseField))
  parsed.set(message, fields)
  return fields
}

function parseField(text: string): [number, FieldSpec] {
  const found = /^([0-9]+)([*%^]?)([A-Za-z0-9.]+)(\??)(?: (\S+))?$/.exec(text)
  if (found === null) throw new Error(`the message table has a field it cannot be read from: "${text}"`)
  const [, number, mark = '', type = '', pointer, name = ''] = found
  return [
    Number(number),
    {
      shape: shapes[mark as keyof typeof shapes],
      type: scalars.has(type) ? (type as ValueType) : { message: type },
      pointer: pointer === '?',
      name,
    },
  ]
}
