/** A network card, as its rules look at it. */

import type { Interface } from '../types/domain.ts'
import type { Network } from '../types/volume.ts'
import type { Place } from './instance-rule.ts'

export interface Card extends Place {
  card: Interface
  network: Network | undefined
  /** Path of the card. */
  at: string
  networks: readonly Network[]
}
