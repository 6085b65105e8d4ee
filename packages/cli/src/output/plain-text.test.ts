import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { plainText } from './plain-text.ts'

const plain = (text: string): string => plainText()(Buffer.from(text))

describe('serial output on a terminal', () => {
  it.each([
    ['keeps lines, tabs and letters of all scripts', 'a\tb\nä→界\n', 'a\tb\nä→界\n'],
    ['ends lines one way', 'login:\r\n', 'login:\n'],
    ['clears no screen', '\u001B[H\u001B[J\u001B[1;1Hgrub', 'grub'],
    ['asks the terminal nothing', 'root@hello:/root# \u001B[6n', 'root@hello:/root# '],
    ['sets no title', '\u001B]0;owned\u0007ok \u001B]0;owned\u001B\\ok', 'ok ok'],
    ['changes no character set', '\u001B(0x\u001B(B', 'x'],
    ['knows the one-character form', 'a\u009B31mb', 'ab'],
    ['drops what is left', 'a\u0007\b\u0000b\u0085', 'ab'],
    ['loses one line at most to an open sequence', '\u001B]0;never ended\nkernel\n', '\nkernel\n'],
  ])('%s', (_what, text, kept) => expect(plain(text)).toBe(kept))

  it('is the same however it comes in pieces', () => {
    const pieces = fc.array(
      fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\u001B', '[', 'ä', '\n', '\u001B[31m')),
    )
    fc.assert(
      fc.property(pieces, fc.nat(7), (parts, size) => {
        const bytes = Buffer.from(parts.join(''))
        const filter = plainText()
        let text = ''
        for (let at = 0; at < bytes.length; at += size + 1) text += filter(bytes.subarray(at, at + size + 1))
        expect(text).toBe(plain(bytes.toString()))
        // oxlint-disable-next-line no-control-regex -- control characters are what it is about
        expect(text).not.toMatch(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/)
      }),
    )
  })
})
