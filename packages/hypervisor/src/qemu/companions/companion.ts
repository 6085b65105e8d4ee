/** A helper process of one machine, as data: what to run, in which folder, and which socket tells that it is ready. */

import type { FileHandle } from 'node:fs/promises'

/** What a companion is planned from. */
export interface CompanionPlace {
  /** Its own folder, `run/<name>` of its machine, which is there and belongs to the machine's user. */
  folder: string
  /** The machine's user; undefined when that is the driver's. */
  uid: number | undefined
}

export interface CompanionPlan {
  command: string
  args: string[]
  /** Passed from descriptor 3 on. Closed once the process has them. */
  handles: FileHandle[]
}

export interface Companion {
  /** Unique in its machine, and safe as a folder's name; its log is `<name>.log`. */
  name: string
  /** For messages: "the TPM emulator". */
  title: string
  plan(place: CompanionPlace): Promise<CompanionPlan>
}
