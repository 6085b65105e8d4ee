/** What is not there is an answer, not a failure. */

import { StatusError } from './status.ts'

/** Resolves to undefined where the server says NotFound; every other failure stays one. */
export async function unlessMissing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof StatusError && error.code === 'NotFound') return undefined
    throw error
  }
}
