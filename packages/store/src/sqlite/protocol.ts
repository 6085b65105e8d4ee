/** What the main thread and the writing thread say to each other. Values travel as one transferred buffer: nothing is cloned. */

export type PackedRecord = [type: 'put' | 'delete', collection: string, key: string, revision: number, length: number]

export interface CommitRequest {
  op: 'commit'
  id: number
  durable: number
  records: PackedRecord[]
  /** The records' values, one after the other. */
  values: Uint8Array<ArrayBuffer>
  compacted: number
  obsolete: readonly number[]
}

export type WorkerRequest =
  | CommitRequest
  /** Sets the most pages the database may have; smaller than it is means full. */
  | { op: 'limit'; id: number; pages: number }
  | { op: 'close'; id: number }

export type WorkerReply = { id: number; ok: true } | { id: number; ok: false; message: string }

export interface WorkerSettings {
  path: string
}
