/** Which image of an index a machine of this architecture takes. */

import { ImagingError } from '../errors.ts'
import type { Descriptor, Manifest, Platform } from './manifest.ts'

/** Go's name of this computer's architecture. */
export function hostArchitecture(): string {
  return process.arch === 'x64' ? 'amd64' : process.arch
}

/**
 * @throws {ImagingError} NotFound when there is none for this architecture
 */
export function choosePlatform(
  index: Manifest & { kind: 'index' },
  architecture: string,
  what: string,
): Descriptor & { platform?: Platform } {
  const { manifests } = index
  const fitting = manifests.filter(({ platform }) => platform?.os === 'linux' && platform.architecture === architecture)
  // 64-bit Arm has one variant that all processors run.
  const best =
    fitting.find(({ platform }) => platform?.variant === undefined || platform.variant === 'v8') ?? fitting[0]
  // An image layout with a single image need not say for whom it is.
  const only = manifests.length === 1 && manifests[0]?.platform === undefined ? manifests[0] : undefined
  const chosen = best ?? only
  if (chosen !== undefined) return chosen
  const offered = [
    ...new Set(manifests.map(({ platform }) => `${platform?.os ?? '?'}/${platform?.architecture ?? '?'}`)),
  ]
  throw new ImagingError('NotFound', `${what}: no match for platform linux/${architecture} in manifest`, {
    remedy: `It is there for ${offered.slice(0, 10).join(', ') || 'no platform'}.`,
  })
}
