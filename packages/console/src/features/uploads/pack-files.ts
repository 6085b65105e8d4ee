/** A descriptor and its disks as one package, so that they arrive together. Nothing is copied: the browser reads them as they are sent. */

const blockBytes = 512

/** The descriptor among files that were chosen together, if they are a package in pieces. */
export function descriptorAmong(files: readonly File[]): File | undefined {
  return files.find(({ name }) => /\.ovf$/i.test(name))
}

/** One file; of a descriptor with its disks a package (OVA) made of them. */
export function packed(files: readonly File[]): File | undefined {
  const descriptor = descriptorAmong(files)
  const [first] = files
  if (descriptor === undefined) return first
  // The standard has the descriptor first.
  const members = [descriptor, ...files.filter((file) => file !== descriptor)]
  const blocks = members.flatMap((file) => [
    header(file),
    file,
    new Uint8Array((blockBytes - (file.size % blockBytes)) % blockBytes),
  ])
  return new File([...blocks, new Uint8Array(2 * blockBytes)], descriptor.name.replace(/\.ovf$/i, '.ova'), {
    lastModified: Math.max(...members.map(({ lastModified }) => lastModified)),
  })
}

/** POSIX ustar; sizes that do not fit in octal in GNU's binary form. Names beyond 100 bytes make it no package, which its reader says. */
function header({ name, size }: File): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(blockBytes)
  const put = (text: string, at: number): void => block.set(new TextEncoder().encode(text).subarray(0, 100), at)
  put(name, 0)
  put('0000644\0', 100)
  if (size < 8 ** 11) put(`${size.toString(8).padStart(11, '0')}\0`, 124)
  else {
    block[124] = 0x80
    new DataView(block.buffer).setBigUint64(128, BigInt(size))
  }
  put('        ', 148)
  put('0', 156)
  put('ustar\u000000', 257)
  const sum = block.reduce((total, byte) => total + byte, 0)
  put(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return block
}
