/**
 * Commands to a TPM as the bytes that go to /dev/tpm0, for a guest that has no programs for it. Layouts: TCG's TPM 2.0 library
 * specification, part 3 (commands) and part 2 (structures).
 */

const withSessions = '8002'
const owner = '40000001'
const index = '01500001'
/** The empty password: handle TPM_RS_PW, no nonce, no attributes, no password. */
const emptyPassword = '00000009400000090000000000'
/** SHA-256 as the index's hash. */
const sha256 = '000b'
/** Owner and index password may read and write; no lockout. */
const attributes = '02060006'
/** Bytes that the index holds. */
const size = '0008'

function command(code: string, body: string): string {
  const length = (10 + body.length / 2).toString(16).padStart(8, '0')
  return `${withSessions}${length}${code}${body}`
}

/** Makes an index of eight bytes in the TPM's own memory. */
const defineIndex = command('0000012a', `${owner}${emptyPassword}0000000e${index}${sha256}${attributes}0000${size}`)
const readIndex = command('0000014e', `${owner}${index}${emptyPassword}${size}0000`)

/** @param text eight characters */
function writeIndex(text: string): string {
  return command('00000137', `${owner}${index}${emptyPassword}${size}${Buffer.from(text).toString('hex')}0000`)
}

/** A shell's words that send a command and print the answer in hexadecimal digits. */
function send(hex: string): string {
  const bytes = hex.replaceAll(/../g, String.raw`\x$&`)
  return `{ exec 3<>/dev/tpm0; printf '${bytes}' >&3; dd bs=4096 count=1 <&3 2>/dev/null | od -An -v -tx1 | tr -d ' \\n'; exec 3>&-; echo; }`
}

export const tpmMemory = {
  write: (text: string): string => `${send(defineIndex)}; ${send(writeIndex(text))}`,
  read: send(readIndex),
  /** Whether what `read` printed holds the text. */
  holds: (printed: string, text: string): boolean => printed.includes(Buffer.from(text).toString('hex')),
} as const
