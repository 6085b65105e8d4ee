/** The errors for images that are not let in. */

import { ImagingError } from '../errors.ts'

/** An image that reaches outside itself, or is built to break its reader. */
export function hostile(path: string, why: string): ImagingError {
  return new ImagingError('HostileImage', `${path} is refused: ${why}`, {
    remedy: 'Convert it where it comes from into one self-contained qcow2 file (qemu-img convert -O qcow2).',
  })
}

export function unknownFormat(path: string, why: string): ImagingError {
  return new ImagingError('UnknownFormat', `${path} is not a disk image that can be used: ${why}`, {
    remedy: 'Give a raw, qcow2, VMDK, VHD, VHDX or VDI disk image.',
  })
}
