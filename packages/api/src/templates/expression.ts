/** Generated values of template parameters: `vm-[a-z0-9]{5}`. Source of the syntax: the template project of KubeVirt. */

/** Thrown by {@link generateValue}; the message is the one clients know. */
export class ExpressionError extends Error {}

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'
const digits = '0123456789'
const alphanumeric = letters + digits
const symbols = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'

const classes: Readonly<Record<string, string>> = {
  '\\w': `${alphanumeric}_`,
  '\\d': digits,
  '\\a': alphanumeric,
  '\\A': symbols,
}

const maxLength = 255
/** More expressions than this in one text are refused, so that a template cannot keep the server busy. */
const maxExpressions = 64
/** No flag `g`: a value made for one expression may begin another, as in the original. */
const expression = /\[([a-zA-Z0-9\-\\]+)\]\{(\w+)\}/

/**
 * The text with every expression in it replaced by random characters.
 * @param random 0 to just under 1; cryptographic where the value is a password
 * @throws {ExpressionError}
 */
export function generateValue(from: string, random: () => number): string {
  let text = from
  for (let count = 0; ; count++) {
    const match = expression.exec(text)
    if (match === null) return text
    if (count === maxExpressions) throw new ExpressionError(`more than ${maxExpressions} expressions in one text`)
    const [whole, ranges = '', length = ''] = match
    const value = draw(alphabetOf(ranges), lengthOf(length), random)
    text = text.slice(0, match.index) + value + text.slice(match.index + whole.length)
  }
}

function lengthOf(text: string): number {
  if (!/^\d+$/.test(text)) {
    throw new ExpressionError(`malformed length syntax: strconv.Atoi: parsing "${text}": invalid syntax`)
  }
  const length = Number(text)
  if (length < 1 || length > maxLength) {
    throw new ExpressionError(`range must be within [1-${maxLength}] characters: ${text}`)
  }
  return length
}

function alphabetOf(ranges: string): string {
  const parts = ranges.match(/\\[wdaA]|.-.|[a-zA-Z0-9]+/g) ?? []
  if (parts.length === 0) throw new ExpressionError(`malformed ranges syntax: ${ranges}`)
  const characters = parts.map((part) => classes[part] ?? (/^.-.$/.test(part) ? rangeOf(part) : part)).join('')
  return [...new Set(characters.split(''))].join('')
}

function rangeOf(range: string): string {
  const [from = '', , to = ''] = range
  const left = alphanumeric.indexOf(from)
  const right = alphanumeric.indexOf(to)
  if (left < 0) throw new ExpressionError(`invalid start character in range: ${from}`)
  if (right < 0) throw new ExpressionError(`invalid end character in range: ${to}`)
  if (left > right) throw new ExpressionError(`invalid range specified: ${range}`)
  return alphanumeric.slice(left, right + 1)
}

function draw(alphabet: string, length: number, random: () => number): string {
  return Array.from({ length }, () => alphabet[Math.floor(random() * alphabet.length)] ?? '').join('')
}
