/** A disk to choose, with its size beside its name. */

import type { Format } from '../../../i18n/index.ts'
import { bytesText } from '../summary/facts.ts'
import { capacityOf, type Claim } from './use-claims.ts'

export function claimChoice(claim: Claim, format: Format): { value: string; label: string }[] {
  const { name } = claim.metadata
  return name === undefined ? [] : [{ value: name, label: `${name} (${bytesText(capacityOf(claim) ?? '', format)})` }]
}
