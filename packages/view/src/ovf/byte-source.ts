/** Bytes that can be read anywhere: a file on disk, a file in a browser, a range of a URL. */

export interface ByteSource {
  /** For messages: the file's name. */
  name: string
  size: number
  /** Exactly the bytes asked for; the caller keeps within `size`. */
  read(offset: number, length: number): Promise<Uint8Array>
}
