import { inflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { encodePng } from './png.ts'
import { parsePpm } from './ppm.ts'

const picture = Buffer.concat([Buffer.from('P6\n2 1\n255\n'), Buffer.from([255, 0, 0, 0, 0, 255])])

describe('screen pictures', () => {
  it('become PNG with the same pixels', async () => {
    const png = await encodePng(parsePpm(picture))
    expect(png.readUInt32BE(16)).toBe(2)
    expect(png.readUInt32BE(20)).toBe(1)
    const at = png.indexOf('IDAT')
    const data = png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4))
    expect([...inflateSync(data)]).toEqual([0, 255, 0, 0, 0, 0, 255])
  })

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['another format', Buffer.from('P5\n2 1\n255\nxx')],
    ['too few pixels', picture.subarray(0, -1)],
    ['too many pixels', Buffer.concat([picture, picture])],
    ['a giant', Buffer.from('P6\n99999 99999\n255\n')],
  ])('refuses %s', (_, bytes) => {
    expect(() => parsePpm(bytes)).toThrow(expect.objectContaining({ code: 'Protocol' }))
  })
})
