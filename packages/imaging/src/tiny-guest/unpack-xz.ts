/** Unpacks xz, in which Debian packs kernels and their modules: Node has no decoder for it, the program `xz` has. */

import { streamProcess } from '../run-process.ts'

export interface XzRequest {
  content: Buffer
  /** For messages: `unpacking virtio.ko.xz`. */
  purpose: string
  signal?: AbortSignal | undefined
}

/** @throws {ImagingError} ToolMissing, ToolFailed, Aborted */
export async function unpackXz({ content, purpose, signal }: XzRequest): Promise<Buffer> {
  const { stdout, done } = streamProcess({
    command: 'xz',
    args: ['-dc'],
    purpose,
    timeoutMs: 60_000,
    signal,
    input: content,
  })
  const chunks: Buffer[] = []
  for await (const chunk of stdout) chunks.push(chunk as Buffer)
  await done
  return Buffer.concat(chunks)
}
