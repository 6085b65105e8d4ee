/** Looking at files that may not be there, without taking every other failure for their absence. */

/** What `found` resolves to; undefined only when there is no such file. A refused or failing disk stays an error. */
export async function ifPresent<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return undefined
    throw error
  }
}
