/** Admission of a disk's block size. */

import type { StatusCause } from '@berth/meta'
import type { Disk } from '../types/domain.ts'
import { invalidField } from './cause.ts'

const min = 512
const max = 2_097_152

/** @param field of the disk */
export function blockSize(size: Disk['blockSize'], bus: string, field: string): StatusCause[] {
  const { custom, matchVolume } = size ?? {}
  if (custom === undefined) return []
  const at = `${field}.blockSize`
  if (matchVolume !== undefined && matchVolume.enabled !== false) {
    return [invalidField(at, "Block size matching can't be enabled together with a custom value")]
  }
  const { logical = 0, physical = 0, discardGranularity } = custom
  if (logical > physical) {
    const message = `Logical size ${logical} must be the same or less than the physical size of ${physical}`
    return [invalidField(`${at}.custom.logical`, message)]
  }
  // The controllers QEMU emulates for SATA know no other.
  if (bus === 'sata' && logical !== min) {
    return [invalidField(`${at}.custom.logical`, `Logical size ${logical} must be ${min} for SATA devices`)]
  }
  if (discardGranularity !== undefined && logical !== 0 && discardGranularity % logical !== 0) {
    const message = `Discard granularity ${discardGranularity} must be multiples of logical size ${logical}`
    return [invalidField(`${at}.custom.discardGranularity`, message)]
  }
  return [...oneSize(logical, `${at}.custom.logical`), ...oneSize(physical, `${at}.custom.physical`)]
}

function oneSize(size: number, field: string): StatusCause[] {
  if (size < min) {
    return [invalidField(field, `Provided size of ${size} is less than the supported minimum size of ${min}`)]
  }
  if (size > max) {
    return [invalidField(field, `Provided size of ${size} is greater than the supported maximum size of ${max}`)]
  }
  return Number.isInteger(Math.log2(size)) ? [] : [invalidField(field, `Provided size of ${size} is not a power of 2`)]
}
