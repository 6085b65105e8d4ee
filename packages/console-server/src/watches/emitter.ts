/** Listeners that come and go while they are being called. */

export interface Emitter<Arguments extends readonly unknown[]> {
  on(listener: (...values: Arguments) => void): () => void
  emit(...values: Arguments): void
}

export function createEmitter<Arguments extends readonly unknown[]>(): Emitter<Arguments> {
  const listeners = new Set<(...values: Arguments) => void>()
  return {
    on(listener) {
      // The same function twice is two listeners.
      const own = (...values: Arguments): void => listener(...values)
      listeners.add(own)
      return () => listeners.delete(own)
    },
    emit(...values) {
      for (const listener of listeners) listener(...values)
    },
  }
}
