/** One reason, about one object, with what to do about it and what is behind it. */

export interface ObjectRef {
  kind: string
  namespace?: string
  name: string
}

export interface Finding {
  about: ObjectRef
  /** What is the matter with it, in plain words; a whole sentence. */
  says: string
  /** What a person can do; absent where waiting is all there is, or where what is behind it has the remedy. */
  remedy?: string
  /** Why that is so: the next links of the chain. */
  because: Finding[]
}

/** An object that a chain may speak of, as far as it is named. */
interface Named {
  kind?: string
  metadata: { namespace?: string; name?: string }
}

export function refTo(object: Named, kind: string): ObjectRef {
  const { namespace, name = '' } = object.metadata
  return { kind, ...(namespace === undefined ? {} : { namespace }), name }
}

export function finding(about: ObjectRef, says: string, more: { remedy?: string; because?: Finding[] } = {}): Finding {
  const { remedy, because = [] } = more
  return { about, says, ...(remedy === undefined ? {} : { remedy }), because }
}
