/** UTF-8 to text, strictly: this package runs where there is neither Node nor a browser. */

/** @returns undefined when it is not UTF-8 */
export function utf8Text(bytes: Uint8Array): string | undefined {
  const parts: string[] = []
  let plain = ''
  for (const byte of bytes) {
    // 0x25 is the per cent sign.
    plain += byte < 0x80 && byte !== 0x25 ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, '0')}`
    if (plain.length < 65_536) continue
    parts.push(plain)
    plain = ''
  }
  parts.push(plain)
  try {
    // Refuses overlong forms, halves of pairs and what is cut short.
    const text = decodeURIComponent(parts.join(''))
    return text.startsWith('\uFEFF') ? text.slice(1) : text
  } catch {
    return undefined
  }
}
