/** How work on disks changes what a machine's spec says of their images. Pure; both drivers keep to it. */

import { DriverError } from './driver.ts'
import type { CommitOptions, DiskOverlay, MirrorOptions, StreamOptions } from './disk-work.ts'
import { maxDiskImages, type DiskImage, type DomainDisk } from './spec/disks.ts'
import type { DomainSpec } from './spec/domain.ts'
import { check, checkPath } from './validate/checks.ts'

/** The images of a disk, its own first. */
export function imagesOf({ path, format, backing = [] }: DomainDisk): DiskImage[] {
  return path === '' ? [] : [{ path, format }, ...backing]
}

/** The disk with other images. */
export function withImages(disk: DomainDisk, [head, ...backing]: readonly DiskImage[]): DomainDisk {
  const { backing: _, ...rest } = disk
  return {
    ...rest,
    path: head?.path ?? '',
    format: head?.format ?? 'raw',
    ...(backing.length === 0 ? {} : { backing }),
  }
}

/** The spec with another disk in the place of the one of that name. */
export function withDisk(spec: DomainSpec, disk: DomainDisk): DomainSpec {
  return { ...spec, disks: spec.disks.map((each) => (each.name === disk.name ? disk : each)) }
}

/** A disk that the guest writes to. @throws {DriverError} NotFound, Unsupported */
export function writtenDisk({ id, disks }: DomainSpec, name: string): DomainDisk {
  const disk = disks.find((each) => each.name === name)
  if (disk === undefined || disk.path === '') throw new DriverError('NotFound', `${id} has no disk ${name}`)
  if (disk.readOnly || disk.device !== 'disk') {
    throw new DriverError('Unsupported', `disk ${name} of ${id} is not one that the guest writes to`)
  }
  return disk
}

/** The same, whose images this machine alone writes to. @throws {DriverError} NotFound, Unsupported */
export function ownDisk(spec: DomainSpec, name: string): DomainDisk {
  const disk = writtenDisk(spec, name)
  if (disk.shareable === true) {
    throw new DriverError(
      'Unsupported',
      `disk ${name} of ${spec.id} is shared: other machines write to its image too`,
      {
        remedy: 'Stop all machines that have it first.',
      },
    )
  }
  return disk
}

/** @throws {DriverError} NotFound, Unsupported, InvalidSpec */
export function withOverlays(spec: DomainSpec, overlays: readonly DiskOverlay[]): DomainSpec {
  check(overlays.length > 0, 'overlays', 'one at least')
  check(new Set(overlays.map(({ disk }) => disk)).size === overlays.length, 'overlays', 'one for each disk')
  const paths = new Set(spec.disks.flatMap((disk) => imagesOf(disk).map(({ path }) => path)))
  return overlays.reduce((changed, { disk: name, path }, index) => {
    checkPath(path, `overlays[${index}].path`)
    check(!paths.has(path), `overlays[${index}].path`, 'an image that no disk has yet')
    paths.add(path)
    const disk = ownDisk(changed, name)
    if (imagesOf(disk).length >= maxDiskImages) {
      throw new DriverError('Unsupported', `disk ${name} of ${spec.id} consists of ${maxDiskImages} images already`, {
        remedy: 'Delete snapshots that are not needed, and let their images be merged.',
      })
    }
    return withDisk(changed, withImages(disk, [{ path, format: 'qcow2' }, ...imagesOf(disk)]))
  }, spec)
}

export interface ChainChange {
  before: DomainDisk
  after: DomainDisk
  /** Images that leave the chain, from the top. */
  dropped: DiskImage[]
}

/** @throws {DriverError} NotFound, Unsupported, InvalidSpec */
export function streamed(spec: DomainSpec, { disk: name, into, base, backingName }: StreamOptions): ChainChange {
  const before = ownDisk(spec, name)
  const images = imagesOf(before)
  const top = placeIn(images, before, into)
  const end = base === undefined ? images.length : placeIn(images, before, base)
  check(end > top, 'base', 'below the image that takes in')
  check((base === undefined) === (backingName === undefined), 'backingName', 'given with a base, and only then')
  check(images[top]?.format === 'qcow2' || end === top + 1, 'into', 'a qcow2 image')
  return {
    before,
    after: withImages(before, [...images.slice(0, top + 1), ...images.slice(end)]),
    dropped: images.slice(top + 1, end),
  }
}

/** @throws {DriverError} NotFound, Unsupported, InvalidSpec */
export function committed(spec: DomainSpec, { disk: name, top, base }: CommitOptions): ChainChange {
  const before = ownDisk(spec, name)
  const images = imagesOf(before)
  const from = placeIn(images, before, top)
  const to = placeIn(images, before, base)
  check(to > from, 'base', 'below the image whose content goes down')
  return {
    before,
    after: withImages(before, [...images.slice(0, from), ...images.slice(to)]),
    dropped: images.slice(from, to),
  }
}

/** @throws {DriverError} NotFound, Unsupported, InvalidSpec */
export function mirrored(spec: DomainSpec, { disk: name, target }: MirrorOptions): ChainChange {
  const before = ownDisk(spec, name)
  checkPath(target.path, 'target.path')
  const images = imagesOf(before)
  check(!images.some(({ path }) => path === target.path), 'target.path', 'another image than those of the disk')
  return { before, after: withImages(before, [target]), dropped: images }
}

function placeIn(images: readonly DiskImage[], { name }: DomainDisk, path: string): number {
  const place = images.findIndex((image) => image.path === path)
  if (place === -1) throw new DriverError('NotFound', `disk ${name} has no such image`)
  return place
}
