/** CEL counts text in Unicode code points; JavaScript in UTF-16 units. */

const surrogate = /[\ud800-\udfff]/

/** Whether offsets in the text are the same in code points and in UTF-16 units. */
export function isPlain(text: string): boolean {
  return !surrogate.test(text)
}

export function codePointLength(text: string): number {
  if (isPlain(text)) return text.length
  let length = 0
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit >= 0xd800 && unit < 0xdc00 && index + 1 < text.length && (text.charCodeAt(index + 1) & 0xfc00) === 0xdc00)
      index++
    length++
  }
  return length
}

/** The code points of a text, each as a string. */
export function codePoints(text: string): readonly string[] {
  return isPlain(text) ? text.split('') : Array.from(text)
}

/** Order by code point, as Go compares strings; UTF-16 order differs above the basic plane. */
export function compareText(left: string, right: string): number {
  if (left === right) return 0
  const length = Math.min(left.length, right.length)
  for (let index = 0; index < length; index++) {
    const ours = left.charCodeAt(index)
    const theirs = right.charCodeAt(index)
    if (ours === theirs) continue
    const ourHigh = ours >= 0xd800 && ours < 0xe000
    const theirHigh = theirs >= 0xd800 && theirs < 0xe000
    // A surrogate stands for a code point above every single unit.
    if (ourHigh !== theirHigh) return ourHigh ? 1 : -1
    return ours < theirs ? -1 : 1
  }
  return left.length < right.length ? -1 : 1
}
