/** `Warning` headers of an answer (RFC 7234, 299), bounded as kube-apiserver bounds them. */

/** Characters of all warnings together; past it, each is shortened. */
const maxTotal = 4 * 1024
/** Characters of one warning, once there are too many. */
const maxEach = 256

export class Warnings {
  readonly #texts = new Set<string>()

  /** Adds a warning once. */
  add(text: string): void {
    // A header cannot carry control characters; more than the bounds can use is not kept.
    const clean = Array.from(text.slice(0, 2 * maxTotal).replace(/\p{Cc}/gu, ' '))
      .slice(0, maxTotal)
      .join('')
    if (clean.trim() !== '' && this.#texts.size < maxTotal) this.#texts.add(clean)
  }

  headers(): Record<string, string[]> {
    if (this.#texts.size === 0) return {}
    const warning = bounded([...this.#texts]).map(warningValue)
    return warning.length === 0 ? {} : { warning }
  }
}

/** All in full where they fit, else the beginnings of as many as fit. */
function bounded(texts: readonly string[]): string[] {
  const lengths = texts.map((each) => Array.from(each).length)
  if (lengths.reduce((sum, each) => sum + each, 0) <= maxTotal) return [...texts]
  const kept: string[] = []
  let total = 0
  for (const text of texts) {
    const short = Array.from(text).slice(0, maxEach)
    total += short.length
    if (total > maxTotal) break
    kept.push(short.join(''))
  }
  return kept
}

/** Bytes beyond ASCII go out as UTF-8, as clients of Kubernetes read them; Node takes header values as bytes in Latin-1. */
function warningValue(text: string): string {
  const quoted = text.replace(/[\\"]/g, String.raw`\$&`)
  return `299 - "${Buffer.from(quoted, 'utf8').toString('latin1')}"`
}
