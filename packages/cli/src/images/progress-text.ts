/** Work of the imaging package as one line. */

import type { Progress } from '@berth/imaging'
import { formatBytes } from './format-bytes.ts'

export function progressText({ step, done, total }: Progress): string {
  if (done === undefined) return step
  if (total === undefined) return `${step}, ${formatBytes(done)}`
  return `${step}, ${total === 0 ? 100 : Math.floor((done / total) * 100)}%`
}
