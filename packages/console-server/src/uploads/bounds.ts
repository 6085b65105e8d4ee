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
  nameLength: 255,
  /** Without anything happening to it. */
  keepMs: 7 * 24 * 60 * 60_000,
  sweepMs: 60 * 60_000,
} as const
