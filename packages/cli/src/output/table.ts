/** Aligned columns for people. */

import { printable } from '../terminal.ts'

const gap = '   '

/** Upper-case headings and rows, aligned; `-` for what is empty. No trailing blanks. */
export function renderTable(headings: readonly string[], rows: readonly (readonly (string | undefined)[])[]): string {
  const lines = [headings, ...rows.map((row) => row.map(cellText))]
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => widthOf(line[column] ?? ''))))
  const text = lines.map((line) =>
    line
      .map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - widthOf(cell))))
      .join(gap)
      .trimEnd(),
  )
  return `${text.join('\n')}\n`
}

/** `Name:   value` lines with aligned values; nested blocks are given as ready text. */
export function renderFields(fields: readonly (readonly [string, string | undefined])[]): string {
  const width = Math.max(...fields.map(([name]) => name.length)) + 1
  return fields.map(([name, value]) => `${`${name}:`.padEnd(width)}  ${cellText(value)}\n`).join('')
}

function cellText(cell: string | undefined): string {
  return cell === undefined || cell === '' ? '-' : printable(cell).replace(/[\n\t]+/g, ' ')
}

/** Characters, not UTF-16 units. */
function widthOf(text: string): number {
  return Array.from(text).length
}
