/** How long work reports: one shape for downloads, conversions and builds. */

export interface Progress {
  /** What is being done, for a person: `Downloading linux-image-6.1.0-9-cloud-amd64`. */
  step: string
  /** Bytes (or percent, when total is 100) done. */
  done?: number
  total?: number
}

export type OnProgress = (progress: Progress) => void
