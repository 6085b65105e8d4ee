/** Does the same many times, so many at once. */

/** @returns how often a second */
export async function rate(
  { count, clients }: { count: number; clients: number },
  work: (index: number) => Promise<unknown>,
): Promise<number> {
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next
      next += 1
      await work(index)
    }
  }
  const started = performance.now()
  await Promise.all(Array.from({ length: clients }, worker))
  return count / ((performance.now() - started) / 1000)
}
