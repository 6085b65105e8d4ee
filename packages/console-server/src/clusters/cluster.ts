/** A server of the Kubernetes API that the console shows, and how it is reached as whom. */

import type { Client } from '@berth/kube'
import type { Reachability } from './reachability.ts'

/** Who somebody is at one cluster. Never leaves the process. */
export type Identity =
  /** Their own token. */
  | { kind: 'token'; token: string }
  /** The deployment's credentials may impersonate them. */
  | { kind: 'impersonated'; user: string; groups: readonly string[] }
  /** The kubeconfig's own user: a console that somebody runs for themselves. */
  | { kind: 'context' }

export interface Cluster {
  readonly id: string
  readonly name: string
  readonly kind: 'engine' | 'kubernetes'
  /** Used where the person names none. */
  readonly namespace: string
  /** A client with exactly the rights of `identity`. The same one for the same identity; closed with the cluster. */
  clientFor(identity: Identity): Client
  /**
   * The deployment's own client, for watches that many people share; rows are checked against each one's rights before they leave.
   * Undefined where there is none: then each person's watches run with their own rights.
   */
  readonly service: Client | undefined
  /** How the deployment's credentials are used (connect-cluster.ts). */
  readonly credentials: 'context' | 'impersonate' | 'none'
  /** Its Prometheus, with the deployment's access: what is read there is told only to people who may read the machine. */
  readonly prometheus?: Client
  /** Which certificates of the cluster's own servers are believed beside the system's. */
  readonly trust?: { ca?: string; insecure: boolean }
  /** Whether it answers at all; asks at most every few seconds. */
  reachable(): Promise<Reachability>
  close(): Promise<void>
}
