/** What one person may leave here, and for how long. */

const GiB = 1024 ** 3
export const uploadBounds = {
  /** Of one file. Beyond any disk that is sent through a browser. */
  fileBytes: 8 * 1024 * GiB,
  /** Of all files of a person together, as large as they will be. */
  personBytes: 16 * 1024 * GiB,
  perPerson: 32,
  /** The console's own files need room too. */
  reserveBytes: GiB / 2,
  /** Of the room there is, what one person's uploads that have not arrived may hold. The rest is for others. */
  personShare: 0.75,
  nameLength: 255,
  /** Without anything happening to it. */
  keepMs: 7 * 24 * 60 * 60_000,
  /** One of which no byte has come by then is thrown away. */
  keepEmptyMs: 60 * 60_000,
  /** Room is held for what is missing as long as something comes; what has arrived is kept, the rest has to find room again. */
  holdMs: 60 * 60_000,
  sweepMs: 10 * 60_000,
} as const
