/** An object in one of several clusters. */
export interface ObjectReference {
  /** Id of the cluster in the session's list. */
  cluster: string
  /** Empty for the core group. */
  group: string
  version: string
  /** Plural. */
  resource: string
  /** Left out for cluster-wide kinds. */
  namespace?: string
  name: string
}
