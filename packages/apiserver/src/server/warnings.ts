/** `Warning` headers of an answer (RFC 7234, 299), bounded as Kubernetes bounds them. */

/** All warnings of one answer together. */
const maxBytes = 4 * 1024

export class Warnings {
  readonly #texts = new Set<string>()
  #bytes = 0

  /** Adds a warning once; drops what would make the header too long. */
  add(text: string): void {
    // Header values cannot carry control or non-Latin characters.
    const clean = text.replace(/[^\t\u0020-\u007e\u00a0-\u00ff]/g, '?').slice(0, 1024)
    if (this.#texts.has(clean) || this.#bytes + clean.length > maxBytes) return
    this.#bytes += clean.length
    this.#texts.add(clean)
  }

  headers(): Record<string, string[]> {
    if (this.#texts.size === 0) return {}
    return { warning: [...this.#texts].map((text) => `299 - "${text.replace(/[\\"]/g, String.raw`\$&`)}"`) }
  }
}
