/** What every kind of volume is asked for, and what it answers. */

import type { VirtualMachineInstance, Volume } from '@berth/api'
import { EngineError } from '../../errors.ts'
import type { EngineServices } from '../../services.ts'

export interface VolumeFile {
  path: string
  format: 'qcow2' | 'raw'
  readOnly: boolean
  /** Of a claim that may only be read: a disk that could write to it is refused. */
  refusesWriters?: boolean
  /** The images it was made on top of, nearest first. */
  backing?: { path: string; format: 'qcow2' | 'raw' }[]
}

export interface VolumeRequest {
  volume: Volume
  instance: Readonly<VirtualMachineInstance>
  services: EngineServices
}

/** The small files of a volume: content by path. */
export type ConfigEntries = Map<string, Buffer>

/** @param what `PersistentVolumeClaim "data"` */
export function missing(instance: Readonly<VirtualMachineInstance>, what: string): EngineError {
  return new EngineError(
    'MissingDependency',
    `${what} that VirtualMachineInstance "${instance.metadata.namespace ?? ''}/${instance.metadata.name ?? ''}" needs is not there`,
    { remedy: 'Create it, or take it out of the spec; the machine starts by itself then.' },
  )
}
