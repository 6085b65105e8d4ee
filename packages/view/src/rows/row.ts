/** Flat rows: what lists show, joined from several objects by the server. */

export type RowTable = 'workloads'

/** How a state is drawn: shape and word, never colour alone. */
export type Tone = 'running' | 'starting' | 'attention' | 'stopped' | 'migrating' | 'paused'

export type WorkloadKind = 'VirtualMachine' | 'VirtualMachineInstance' | 'Pod' | 'Deployment'

export interface WorkloadRow {
  /** `cluster/kind/namespace/name`: stable as long as the object lives. */
  key: string
  cluster: string
  kind: WorkloadKind
  namespace: string
  name: string
  uid: string
  /** printableStatus, or the phase of what is no machine. */
  status: string
  tone: Tone
  /** Why it needs attention, in one sentence. */
  reason?: string
  node?: string
  os?: string
  addresses: string[]
  /** Virtual processors. */
  cpus?: number
  /** Bytes. */
  memory?: number
  /** Bytes of all claims together. */
  storage?: number
  instancetype?: string
  /** Milliseconds since 1970. */
  created: number
  labels: Record<string, string>
  /** Networks by name, storage classes, attached device kinds: what `has:` and lenses ask for. */
  networks: string[]
  storageClasses: string[]
  has: string[]
  restartRequired: boolean
  deleting: boolean
  /** Latest values of the metrics ring: processors in use, bytes in use. */
  cpuUsed?: number
  memoryUsed?: number
  /** Actions that the state rules out, with the server's reason; those not named are possible. */
  refused: Record<string, string>
}

export type Row = WorkloadRow
