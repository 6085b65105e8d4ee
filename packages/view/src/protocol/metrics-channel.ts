/** Measured values of a machine from the server's ring, then each new sample. */

export interface MetricsRequest {
  cluster: string
  namespace: string
  name: string
}

/** Undefined where the source does not measure it. Rates are per second. */
export interface MetricsSample {
  /** Milliseconds since 1970. */
  time: number
  /** Processors in use: 1.5 is one and a half. */
  cpu?: number
  /** Bytes. */
  memoryUsed?: number
  memoryAvailable?: number
  diskRead?: number
  diskWritten?: number
  diskReads?: number
  diskWrites?: number
  networkReceived?: number
  networkSent?: number
}

export type MetricsUpdate =
  | { kind: 'all'; samples: MetricsSample[]; intervalMs: number; missing: { what: string; why: string }[] }
  | { kind: 'more'; samples: MetricsSample[] }
  /** Nothing can be measured, and why. */
  | { kind: 'none'; why: string }
