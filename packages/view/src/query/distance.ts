/** The known word that somebody meant, when it is near what was written. */

/** Words farther than this are no slip of a finger. */
const mostEdits = 2

export function nearest(word: string, known: readonly string[]): string | undefined {
  let best: { name: string; edits: number } | undefined
  for (const name of known) {
    const edits = name.startsWith(word) && word.length > 1 ? 0 : distance(word.slice(0, 40), name)
    if (edits <= Math.min(mostEdits, word.length - 1) && (best === undefined || edits < best.edits))
      best = { name, edits }
  }
  return best?.name
}

/** Letters to insert, delete or change. */
function distance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, at) => at)
  for (let i = 1; i <= left.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= right.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1)
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[right.length] ?? 0
}
