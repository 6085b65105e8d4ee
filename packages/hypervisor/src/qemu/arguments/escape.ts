/** Puts values into QEMU's `key=value,…` options. A comma in a value is doubled, so a value cannot start an option. */

export type OptionValue = string | number | boolean | undefined

/** `first,key=value,…`; undefined values are left out, booleans become on and off. */
export function option(first: string, values: Record<string, OptionValue>): string {
  const pairs = Object.entries(values).flatMap(([key, value]) => {
    if (value === undefined) return []
    const text = typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value)
    return [`${key}=${text.replaceAll(',', ',,')}`]
  })
  return [...(first === '' ? [] : [first]), ...pairs].join(',')
}

/** The JSON form of `-device`, `-blockdev` and `-object`, in which no value can be taken for an option. */
export function json(values: Record<string, unknown>): string {
  return JSON.stringify(values)
}
