/** The table of docs/virtctl.md. */

import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'

export interface Row {
  /** `vnc screenshot` */
  command: string
  result: string
  test: string
}

export const results = ['works', 'refused', 'local']

export async function readTable(): Promise<Row[]> {
  const text = await readFile(resolve(import.meta.dirname, '../../docs/virtctl.md'), 'utf8')
  return text.split('\n').flatMap((line) => {
    const [, command, result, , test] = line.split('|').map((cell) => cell.trim())
    const [, name] = /^`(.+)`$/.exec(command ?? '') ?? []
    return name === undefined || result === undefined || test === undefined ? [] : [{ command: name, result, test }]
  })
}
