/** berth.dev/v1alpha1 ImageBuild: a golden image made from another one, by a machine that sets it up, and published as a version. */

import type { Condition, KubeObject } from '@berth/meta'
import type { DataVolumeSource } from './data-volume.ts'

/** Releases of Debian whose base image the embedded engine builds from packages. */
export const baseReleases = ['bookworm'] as const
export type BaseRelease = (typeof baseReleases)[number]

/** Exactly one. */
export interface ImageBuildSource {
  /** Built on the engine's own host from Debian's packages. */
  debian?: { release: BaseRelease }
  /** A published image; of the build's namespace unless one is named. */
  dataSource?: { name: string; namespace?: string }
  /** A disk; of the build's namespace unless one is named. */
  pvc?: { name: string; namespace?: string }
  http?: NonNullable<DataVolumeSource['http']>
  registry?: NonNullable<DataVolumeSource['registry']>
}

export interface KeyReference {
  name: string
  key: string
}

/** `content`, or one of the references. */
export interface ImageBuildFile {
  /** Absolute. */
  path: string
  content?: string
  secretRef?: KeyReference
  configMapRef?: KeyReference
  /** Octal: `0644`, which is also what it is unless given. */
  mode?: string
  /** `USER`, or `USER:GROUP`; root unless given. */
  owner?: string
}

export interface ImageBuildUser {
  name: string
  sshKeys?: string[]
  /** Its password; without one nobody logs in by password. */
  passwordSecret?: KeyReference
  /** May become root without a password. */
  sudo?: boolean
}

export interface ImageCustomisation {
  /** Installed with the system's own package manager. */
  packages?: string[]
  /** Written after packages, before commands. */
  files?: ImageBuildFile[]
  users?: ImageBuildUser[]
  /** Run one after another by a shell, as root; one that fails ends the build. */
  commands?: string[]
}

export interface ImagePublication {
  /** Name of the DataSource of the newest version; versions are `NAME-v1`, `NAME-v2` and so on. */
  name: string
  /** That of the build unless given. */
  namespace?: string
  description?: string
  /** What machines made from it get unless they say otherwise. */
  instancetype?: { name: string; kind?: string }
  preference?: { name: string; kind?: string }
}

export interface ImageBuildSpec {
  from: ImageBuildSource
  /** Of the disk; that of the source unless given. */
  size?: string
  storageClassName?: string
  customise?: ImageCustomisation
  /** Whether identity (machine id, host keys, state of cloud-init, logs) is taken out; true unless given. */
  seal?: boolean
  publish: ImagePublication
  /** Older versions beyond so many are deleted; all stay unless given. */
  keepVersions?: number
  /** Of the machine that does the work. */
  builder?: { cpus?: number; memory?: string }
  /** From the start of the build; 3600 unless given. */
  timeoutSeconds?: number
  /** Ends the build; it does not go on again. */
  cancel?: boolean
}

export const imageBuildPhases = [
  'Pending',
  'Preparing',
  'Customising',
  'Publishing',
  'Succeeded',
  'Failed',
  'Cancelled',
] as const
export type ImageBuildPhase = (typeof imageBuildPhases)[number]

export interface ImageBuildStatus {
  phase?: ImageBuildPhase
  /** What is going on, or what went wrong and what to do, for a person. */
  message?: string
  /** `NN%` of the step. */
  progress?: string
  /** The step of customising that runs: `2/5 install packages`. */
  step?: string
  startedAt?: string
  finishedAt?: string
  /** Published version. */
  version?: number
  /** What was published. */
  dataSource?: { name: string; namespace: string }
  /** Name of the ConfigMap that keeps the log, under the key `log`. */
  logConfigMap?: string
  /** How the engine fares with the base image of its own. */
  base?: { state: 'Building' | 'Ready' | 'Failed'; message?: string }
  conditions?: Condition[]
}

export interface ImageBuild extends KubeObject {
  spec: ImageBuildSpec
  status?: ImageBuildStatus
}
