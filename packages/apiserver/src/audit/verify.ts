/** Reads a log from its first line to its last and says whether anybody changed, removed or moved something. */

import { createReadStream } from 'node:fs'
import { genesis, headAfter, linkOf, type ChainHead } from './hash-chain.ts'

export type AuditLogVerdict =
  | { ok: true; lines: number; first: number; head: ChainHead }
  | {
      ok: false
      file: string
      /** Counted from 1. */
      line: number
      problem: 'NotAnEvent' | 'Missing' | 'Changed' | 'Reordered' | 'Unfinished'
      message: string
    }

export interface VerifyOptions {
  /** Where the log must end: as `head` of the running log said. Without it, lines cut off at the very end go unnoticed. */
  head?: ChainHead
  /** The log must begin with its first line; unless given it may begin anywhere, as old files are removed in time. */
  fromGenesis?: boolean
}

type Failure = Extract<AuditLogVerdict, { ok: false }>

/**
 * @param files oldest first, as {@link auditLogFiles} gives them
 * @throws when a file cannot be read
 */
export async function verifyAuditLog(files: readonly string[], options: VerifyOptions = {}): Promise<AuditLogVerdict> {
  let head: ChainHead | undefined = options.fromGenesis === true ? genesis : undefined
  let first: number | undefined
  let lines = 0
  let place = { file: files[0] ?? '', line: 0 }
  for (const file of files) {
    let line = 0
    for await (const { text, finished } of linesOf(file)) {
      line += 1
      lines += 1
      place = { file, line }
      const problem = finished ? problemOf(text, head) : ('Unfinished' as const)
      if (problem !== undefined) return failure(problem, place, { text, head })
      const sequence = linkOf(text)?.sequence ?? 0
      first ??= sequence
      head = headAfter(text, sequence)
    }
  }
  const end = head ?? genesis
  if (options.head !== undefined && (end.sequence !== options.head.sequence || end.hash !== options.head.hash)) {
    const message = `the log ends with number ${end.sequence}, where ${options.head.sequence} was expected`
    return { ok: false, ...place, problem: 'Missing', message }
  }
  return { ok: true, lines, first: first ?? 0, head: end }
}

function problemOf(text: string, head: ChainHead | undefined): Failure['problem'] | undefined {
  const link = linkOf(text)
  if (link === undefined) return 'NotAnEvent'
  if (head === undefined) return undefined
  if (link.sequence > head.sequence + 1) return 'Missing'
  if (link.sequence <= head.sequence) return 'Reordered'
  return link.previous === head.hash ? undefined : 'Changed'
}

function failure(
  problem: Failure['problem'],
  place: { file: string; line: number },
  { text, head }: { text: string; head: ChainHead | undefined },
): Failure {
  const sequence = linkOf(text)?.sequence ?? 0
  const expected = (head?.sequence ?? 0) + 1
  const messages: Record<Failure['problem'], string> = {
    NotAnEvent: 'the line is not an event with a place in the chain',
    Missing:
      sequence - 1 === expected
        ? `event ${expected} is missing before this line`
        : `events ${expected} to ${sequence - 1} are missing before this line`,
    Changed: `the line before this one (number ${expected - 1}) is not as it was written`,
    Reordered: `number ${sequence} comes where ${expected} was expected`,
    Unfinished: 'the line has no end; a running server cuts it off at its next start',
  }
  return { ok: false, ...place, problem, message: messages[problem] }
}

async function* linesOf(file: string): AsyncGenerator<{ text: string; finished: boolean }> {
  let rest: Buffer[] = []
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    let from = 0
    for (let at = chunk.indexOf(0x0a); at >= 0; at = chunk.indexOf(0x0a, from)) {
      yield { text: Buffer.concat([...rest, chunk.subarray(from, at)]).toString('utf8'), finished: true }
      rest = []
      from = at + 1
    }
    if (from < chunk.length) rest.push(chunk.subarray(from))
  }
  if (rest.length > 0) yield { text: Buffer.concat(rest).toString('utf8'), finished: false }
}
