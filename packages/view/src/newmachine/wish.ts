/** What somebody wants of a new machine, before it is a manifest: what the command's options and the console's wizard come to. */

import type { Matcher, RunStrategy } from '@berth/api'

export type MachineSource =
  /** The kernel and busybox that the embedded engine brings. */
  | { kind: 'builtIn' }
  | { kind: 'url'; url: string; checksum?: string }
  /** A container image with a disk in it. */
  | { kind: 'container'; image: string }
  /** A disk image on the host of the machine, used as it is and written to. */
  | { kind: 'path'; path: string }
  /** A DataSource: an image of the engine's library, or any other. */
  | { kind: 'dataSource'; namespace: string; name: string }
  /** An existing disk of the machine's namespace, used as it is. */
  | { kind: 'claim'; name: string }
  /** A copy of an existing disk. */
  | { kind: 'copy'; namespace: string; name: string }
  /** An empty disk, and an installation image in the CD drive. */
  | { kind: 'iso'; url: string; checksum?: string }
  /** An empty disk, for booting from the network. */
  | { kind: 'empty' }

export type SourceKind = MachineSource['kind']

export type ExtraDisk =
  | { kind: 'blank'; name: string; size: string }
  | { kind: 'claim'; name: string; claim: string }
  | { kind: 'url'; name: string; url: string; size: string }

export interface NetworkCard {
  name: string
  /** Of a NetworkAttachmentDefinition (`namespace/name`); the pod network without one. */
  network?: string
  /** The binding of the pod network; a second network is a bridge. */
  binding: 'masquerade' | 'bridge'
  model?: 'virtio' | 'e1000e' | 'e1000' | 'rtl8139'
  macAddress?: string
}

export interface MachineWish {
  name: string
  namespace: string
  source: MachineSource
  /** Left out with an instance type. */
  cpus?: number
  /** A quantity: `2Gi`. Left out with an instance type. */
  memory?: string
  instancetype?: Matcher
  preference?: Matcher
  /** Size of the root disk; that of the image unless given. */
  diskSize?: string
  /** `secure` is UEFI that starts what is signed and nothing else. */
  boot: 'bios' | 'uefi' | 'secure'
  tpm: boolean
  start: boolean
  /** cloud-init user data. */
  userData?: string
  /** cloud-init network data. */
  networkData?: string
  loginUser?: string
  /** Answers for Windows' set-up, in an object of the machine's namespace. */
  sysprep?: { kind: 'configMap' | 'secret'; name: string }
  disks?: readonly ExtraDisk[]
  /** One on the pod network unless given; none when empty. */
  networks?: readonly NetworkCard[]
  hostname?: string
  description?: string
  labels?: Readonly<Record<string, string>>
  /** Labels its host must have. */
  nodeSelector?: Readonly<Record<string, string>>
  /** In place of what `start` says. */
  runStrategy?: RunStrategy
  /** Seconds the guest has to shut down. */
  graceSeconds?: number
}

/** `berth vm ssh` logs in as this user. */
export const loginUserAnnotation = 'berth.dev/login-user'
/** For people. */
export const descriptionAnnotation = 'description'
/** An image behind a URL tells its size only when it is there. */
export const defaultDownloadSize = '10Gi'
export const defaultEmptySize = '20Gi'
