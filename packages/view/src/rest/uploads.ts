/**
 * Files that browsers send by tus at `/api/uploads`. `GET /api/uploads` lists one's own, `PUT …/:id/wish` says what is to become of one
 * (also before it is whole), `GET …/:id/machine` reads the descriptor of a package that is here.
 */

import type { ForeignBus } from '../newmachine/foreign-choices.ts'
import type { OvfPackage } from '../ovf/ovf-machine.ts'

/** Where tus is spoken. */
export const uploadsPath = '/api/uploads'

/** A disk whose content the file is; any format that QEMU reads, packed or not. */
export interface DiskUploadWish {
  kind: 'disk'
  cluster: string
  namespace: string
  name: string
  /** A quantity: what the disk holds once it is unpacked. */
  size: string
  /** The default one unless said. */
  class?: string
  /** To be offered under this name to whoever makes machines. */
  image?: string
}

/** A machine whose package the file is. The proposal is made anew from what has arrived. */
export interface MachineUploadWish {
  kind: 'machine'
  cluster: string
  namespace: string
  name: string
  /** Which of the package's machines, from 0. */
  index: number
  cpus?: number
  /** A quantity. */
  memory?: string
  class?: string
  bus?: ForeignBus
  /** `NAMESPACE/NAME` of a NetworkAttachmentDefinition by the package's name of a network. */
  networks?: Record<string, string>
  keepMacs?: boolean
  start?: boolean
}

export type UploadWish = DiskUploadWish | MachineUploadWish

export type UploadState =
  /** Bytes are missing. */
  | 'receiving'
  /** Whole; its checksum is counted. */
  | 'checking'
  /** Whole, and waits to be told what it becomes, or to be tried again. */
  | 'here'
  /** It becomes what was wished for; the task tells how far it is. */
  | 'delivering'
  | 'failed'

export interface UploadInfo {
  id: string
  /** The file's own. */
  name: string
  size: number
  received: number
  /** When the file was last changed, milliseconds since 1970: tells one file from another of the same name. */
  modified?: number
  createdAt: string
  /** It is thrown away then, unless something happens with it. */
  expiresAt: string
  state: UploadState
  /** Of what has arrived, in hexadecimal. */
  sha256?: string
  /** What the person said it has to be. */
  expected?: string
  wish?: UploadWish
  task?: string
  /** Why it failed. */
  message?: string
}

export interface UploadedPackage {
  package: OvfPackage
  hasManifest: boolean
  signed: boolean
}
