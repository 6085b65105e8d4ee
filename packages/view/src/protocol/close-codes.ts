/**
 * Close codes of the server's WebSockets (`/api/live` and `/api/clusters/:cluster/stream/…`) beside 1000, 1001 and those a cluster sent.
 * A cluster's refusal is 4000 and its HTTP code (4403, 4404, 4409, …) with the server's message as the reason.
 */
export const closeCodes = {
  /** Nobody is signed in, or no longer: show the sign-in page. */
  signedOut: 4401,
  /** The connection behind was cut without a goodbye: another viewer took the console over, or the machine is gone. */
  cut: 4006,
  /** Somebody else is connected, and it was not to be taken over; the reason is their name where it is known. */
  busy: 4409,
  /** The browser sent what this protocol does not know, or too much. */
  badMessage: 1008,
  tooMany: 4429,
} as const

/** Of a refusal with an HTTP code. */
export function refusalCloseCode(httpCode: number): number {
  return httpCode >= 400 && httpCode < 600 ? 4000 + httpCode : 4500
}
