/** The message table, read: fields of a message by number. */

import { messageFields } from './message-fields.ts'
import { policyFields } from './policy-fields.ts'

/** Every message that can be read. */
export const messageTables = { ...messageFields, ...policyFields }

const scalars = ['s', 'b', 'i', 'y', 't', 'u', 'q', 'o', 'r', 'l'] as const
const shapes = { '*': 'list', '%': 'map', '^': 'inline', '': 'single' } as const
const zeros = { '': 'omitted', '?': 'said', '!': 'always' } as const

/** Of one value; a message by its name. */
export type ValueType = (typeof scalars)[number] | { message: string }

export interface FieldSpec {
  shape: (typeof shapes)[keyof typeof shapes]
  type: ValueType
  /** Zero and empty: left out, said by whoever set the field, or part of the JSON in any case. */
  zero: (typeof zeros)[keyof typeof zeros]
  /** Member in JSON; "" when inline. */
  name: string
}

const parsed = new Map<string, ReadonlyMap<number, FieldSpec>>()

/** Undefined for a message that is not in the table. */
export function fieldsOf(message: string): ReadonlyMap<number, FieldSpec> | undefined {
  const known = parsed.get(message)
  if (known) return known
  const text = Object.hasOwn(messageTables, message) ? messageTables[message] : undefined
  if (text === undefined) return undefined
  const fields = new Map(text === '' ? [] : text.split(', ').map(parseField))
  parsed.set(message, fields)
  return fields
}

function parseField(text: string): [number, FieldSpec] {
  const found = /^([0-9]+)([*%^]?)([A-Za-z0-9.]+)([?!]?)(?: (\S+))?$/.exec(text)
  if (found === null) throw new Error(`the message table has a field it cannot be read from: "${text}"`)
  const [, number, mark = '', type = '', zero = '', name = ''] = found
  return [
    Number(number),
    {
      shape: shapes[mark as keyof typeof shapes],
      type: scalars.find((scalar) => scalar === type) ?? { message: type },
      zero: zeros[zero as keyof typeof zeros],
      name,
    },
  ]
}
