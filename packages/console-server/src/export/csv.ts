/** Tables as CSV (RFC 4180) that is safe to open in a spreadsheet. */

/** A cell that begins so, blanks aside and in the wide letters of East Asia, too, is taken for a formula, which may fetch and send what it likes. */
const formula = /^\s*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|^[\t\r\n]/

/** One line, with its end. */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`
}

function csvCell(text: string): string {
  // An apostrophe in front makes it a text; spreadsheets do not show it.
  const safe = formula.test(text) ? `'${text}` : text
  return /[",\r\n\t]/.test(safe) || safe !== text ? `"${safe.replaceAll('"', '""')}"` : safe
}
