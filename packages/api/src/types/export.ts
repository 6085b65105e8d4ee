/** export.kubevirt.io: disks and manifests of a machine, a snapshot or a claim, to be fetched over HTTP with a token. */

import type { Condition, KubeObject } from '@berth/meta'
import type { TypedReference } from './core.ts'

export const exportPhases = ['Pending', 'Ready', 'Terminated', 'Skipped'] as const
export type ExportPhase = (typeof exportPhases)[number]

/** `raw`, `gzip`: of a disk. `dir`, `tar.gz`: of files. `qcow2` is Berth's own; KubeVirt's clients pass over it. */
export type ExportFormat = 'raw' | 'gzip' | 'dir' | 'tar.gz' | 'qcow2'

export interface ExportLink {
  /** PEM. */
  cert: string
  volumes?: { name: string; formats?: { format: ExportFormat; url: string }[] }[]
  backups?: { name: string; endpoints?: { endpoint: 'data' | 'map'; url: string }[] }[]
  manifests?: { type: 'all' | 'auth-header-secret'; url: string }[]
}

export interface VirtualMachineExportStatus {
  phase?: ExportPhase
  links?: { internal?: ExportLink; external?: ExportLink }
  tokenSecretRef?: string
  ttlExpirationTime?: string
  serviceName?: string
  virtualMachineName?: string
  conditions?: Condition[]
}

export interface VirtualMachineExport extends KubeObject {
  spec: {
    source: TypedReference
    /** Secret whose key `token` opens the export; one is made unless given. */
    tokenSecretRef?: string
    /** Go duration; two hours unless given. */
    ttlDuration?: string
  }
  status?: VirtualMachineExportStatus
}
