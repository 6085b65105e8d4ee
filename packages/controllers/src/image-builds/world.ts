/** What the steps of a build work with, and how they end. */

import type { Clock } from '@berth/base'
import type { ImageBuild, ImageBuildStatus } from '@berth/api'
import type { Client, EventRecorder } from '@berth/kube'

export interface BuildWorld {
  client: Client
  clock: Clock
  events: EventRecorder
  /** A word that nobody guesses. */
  newToken(): string
}

export type Build = Readonly<ImageBuild> & { status: ImageBuildStatus }

/** What a look at a build came to. */
export type StepResult =
  /** Not yet: what there is to say, and it is looked at again. */
  | { kind: 'waiting'; status: Partial<ImageBuildStatus> }
  /** On to the next phase. */
  | { kind: 'next'; status: Partial<ImageBuildStatus> }
  /** For good. */
  | { kind: 'failed'; message: string }

export const waiting = (status: Partial<ImageBuildStatus>): StepResult => ({ kind: 'waiting', status })
export const failed = (message: string): StepResult => ({ kind: 'failed', message })
