/** Reads the picture format QEMU's screendump writes in every version: binary PPM (P6), eight bits a colour. */

import { DriverError } from '../driver.ts'

export interface Picture {
  width: number
  height: number
  /** Three bytes a pixel, rows from the top. */
  pixels: Buffer
}

const maxSide = 8192

/** @throws {DriverError} Protocol */
export function parsePpm(bytes: Buffer): Picture {
  const head = /^P6\s+(\d{1,5})\s+(\d{1,5})\s+255\s/.exec(bytes.toString('latin1', 0, 64))
  const [width, height] = [Number(head?.[1]), Number(head?.[2])]
  const pixels = bytes.subarray(head?.[0].length ?? 0)
  const fits = width > 0 && height > 0 && width <= maxSide && height <= maxSide && pixels.length === width * height * 3
  if (!fits) throw new DriverError('Protocol', 'the screen QEMU wrote is not a P6 picture')
  return { width, height, pixels }
}
