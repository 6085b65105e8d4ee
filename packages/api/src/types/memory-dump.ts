/** A dump of a running guest's memory, as a machine's status tells of it. */

export const memoryDumpPhases = [
  'Associating',
  'InProgress',
  'Unmounting',
  'Completed',
  'Dissociating',
  'Failed',
] as const
export type MemoryDumpPhase = (typeof memoryDumpPhases)[number]

export interface MemoryDumpRequest {
  claimName: string
  phase: MemoryDumpPhase
  startTimestamp?: string
  endTimestamp?: string
  fileName?: string
  /** The claim is to be let go. */
  remove?: boolean
  message?: string
}
