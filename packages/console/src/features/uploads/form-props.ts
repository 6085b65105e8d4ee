/** What the forms of an upload are given, and what they give back. */

import type { UploadWish } from '@berth/view'

export interface Ready {
  wish: UploadWish
  /** That the file must have. */
  sha256?: string
}

export interface FormProps {
  fileName: string
  /** It is here already: its checksum is past. */
  here: boolean
  /** Undefined while something is missing, with why. */
  onReady: (ready: Ready | undefined, reason?: string) => void
}
