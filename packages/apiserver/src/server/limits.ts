/** Bounds on everything a client can send or hold. */

export interface ServerLimits {
  /** Bytes of a request body (etcd's and so Kubernetes' own limit is of this order). */
  bodyBytes: number
  /** Bytes of a YAML body; a hostile one costs a thousand times the time of JSON, which is never held to this. */
  yamlBytes: number
  urlBytes: number
  headerBytes: number
  headerCount: number
  /** Bytes of all request bodies being read or served at once; more are refused with 429. */
  bodiesBytes: number
  /** Nesting of objects and arrays in a body. */
  jsonDepth: number
  patchOperations: number
  /** Milliseconds a request may take that is neither a watch, a stream nor an upgrade. */
  requestMs: number
  /** Milliseconds a client has to send the headers, and the TLS handshake before them. */
  headersMs: number
  /** Milliseconds a client has to send the whole request. */
  receiveMs: number
  /** Milliseconds a connection may be idle. */
  idleMs: number
  /** Together with `mutatingInFlight` the seats that priority levels share (`priority/configuration.ts`). */
  readonlyInFlight: number
  mutatingInFlight: number
  /** Milliseconds a request may wait for a seat. */
  queueMs: number
  /** Watches of one user at once. */
  watchesPerUser: number
  /** Followed logs and tunnels of one user at once. */
  streamsPerUser: number
  /** Live events a watcher may be behind before it is cut off. */
  watchBacklog: number
  /** Bytes of live events a watcher may be behind before it is cut off. */
  watchBacklogBytes: number
  /** Bytes of live events that all watchers together may be behind; the one furthest behind is cut off first. */
  watchBacklogTotalBytes: number
  /** Bytes of big lists (over 1 MiB) being sent at once; more are refused with 429. */
  listBytes: number
  /** Milliseconds between bookmarks on a quiet watch. */
  bookmarkMs: number
  /** Shortest time a watch without `timeoutSeconds` lasts; it ends after one to two times this. */
  watchMs: number
  /** Milliseconds a client may leave an answer unread before its connection or stream is cut. */
  stallMs: number
  connections: number
  /** Of one peer address. */
  connectionsPerAddress: number
  /** Of one user who is no administrator; requests on more of them are refused with 429. */
  connectionsPerUser: number
  streamsPerConnection: number
  /** Answers from this size on are compressed when the client accepts it. */
  gzipBytes: number
}

export const defaultLimits: ServerLimits = {
  bodyBytes: 3 * 1024 * 1024,
  yamlBytes: 128 * 1024,
  urlBytes: 8 * 1024,
  headerBytes: 64 * 1024,
  headerCount: 128,
  bodiesBytes: 256 * 1024 * 1024,
  jsonDepth: 200,
  patchOperations: 10_000,
  requestMs: 60_000,
  headersMs: 10_000,
  receiveMs: 60_000,
  idleMs: 180_000,
  readonlyInFlight: 400,
  mutatingInFlight: 200,
  queueMs: 15_000,
  watchesPerUser: 5_000,
  streamsPerUser: 500,
  watchBacklog: 10_000,
  watchBacklogBytes: 64 * 1024 * 1024,
  watchBacklogTotalBytes: 256 * 1024 * 1024,
  listBytes: 1024 * 1024 * 1024,
  bookmarkMs: 60_000,
  watchMs: 1_800_000,
  stallMs: 120_000,
  connections: 10_000,
  connectionsPerAddress: 5_000,
  connectionsPerUser: 2_500,
  streamsPerConnection: 1_000,
  gzipBytes: 128 * 1024,
}
