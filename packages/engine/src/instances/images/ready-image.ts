/** A container image for a machine that is about to start. */

import type { VirtualMachineInstance } from '@berth/api'
import type { ImageContent } from '@berth/imaging'
import { EngineError } from '../../errors.ts'
import type { ImagePulls } from './image-pulls.ts'
import type { WantedImage } from './wanted-images.ts'

/** @throws {EngineError} MissingDependency while it is on its way, or cannot be brought */
export function readyImage(
  instance: Readonly<VirtualMachineInstance>,
  wanted: WantedImage,
  { containerImages }: { containerImages: Pick<ImagePulls, 'look'> },
): ImageContent {
  const state = containerImages.look(instance, wanted)
  if (state.state === 'ready') return state.content
  throw new EngineError(
    'MissingDependency',
    state.state === 'pulling' ? `image "${wanted.image}" is being pulled` : state.message,
    { remedy: 'The machine starts by itself when the image is there.' },
  )
}
