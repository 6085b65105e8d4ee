/** Splits a byte stream into lines, at CR as well as LF because progress output rewrites its line; bounded. */

import { StringDecoder } from 'node:string_decoder'

const maxLine = 8192

export interface LineSplitter {
  push(chunk: Buffer): void
  /** Flushes what is left without a line end. */
  end(): void
}

/** A line longer than 8192 characters arrives in pieces; empty lines are left out. */
export function lineSplitter(onLine: (line: string) => void): LineSplitter {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  const emit = (line: string): void => {
    if (line !== '') onLine(line)
  }
  const feed = (text: string): void => {
    const parts = (rest + text).split(/[\r\n]/)
    rest = parts.pop() ?? ''
    parts.forEach(emit)
    while (rest.length > maxLine) {
      emit(rest.slice(0, maxLine))
      rest = rest.slice(maxLine)
    }
  }
  return {
    push: (chunk) => feed(decoder.write(chunk)),
    end: () => {
      feed(decoder.end())
      emit(rest)
      rest = ''
    },
  }
}
