/** Texts that go into a shell script without a chance of being read as anything else. */

/** One word, whatever is in it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

/** A here-document that `base64 -d` reads; `command` gets its bytes. */
export function withBytes(command: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,76}/g) ?? []
  // No line of base64 has an underscore.
  return [`${command} <<'END_OF_BYTES'`, ...lines, 'END_OF_BYTES'].join('\n')
}
