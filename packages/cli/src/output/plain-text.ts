/**
 * A guest's serial output made fit to be read on a terminal: its words stay, what would move the cursor, clear the screen or make the
 * terminal answer (as if the person had typed) goes. Control sequences are those of ECMA-48.
 */

const escape = '\u001B'
const bell = '\u0007'
/** ESC and one of these begins a string that ST or BEL ends: DCS, SOS, OSC, PM, APC. */
const stringOpeners = 'PX]^_'

type State =
  | 'text'
  /** After ESC. */
  | 'escape'
  /** In parameters of a control sequence (CSI), which a letter or the like ends. */
  | 'sequence'
  /** In a string, whose end is its own. */
  | 'string'

/** One stream's filter: sequences and characters may be split between chunks. */
export function plainText(): (chunk: Uint8Array) => string {
  const decoder = new TextDecoder()
  let state: State = 'text'
  const keep = (character: string): string => {
    const [next, kept] = step(state, character)
    state = next
    return kept ? character : ''
  }
  return (chunk) => Array.from(decoder.decode(chunk, { stream: true }), keep).join('')
}

function step(state: State, character: string): [State, boolean] {
  if (character === escape) return ['escape', false]
  // A line's end ends everything: a sequence cut short does not swallow what follows.
  if (character === '\n') return ['text', true]
  switch (state) {
    case 'escape':
      if (character === '[') return ['sequence', false]
      if (stringOpeners.includes(character)) return ['string', false]
      // Intermediate characters (`ESC ( B`) come before the final one.
      return [character >= ' ' && character <= '/' ? 'escape' : 'text', false]
    case 'sequence':
      return [character >= '@' && character <= '~' ? 'text' : 'sequence', false]
    case 'string':
      return [character === bell || character === '\u009C' ? 'text' : 'string', false]
    case 'text':
      break
  }
  if (character === '\u009B') return ['sequence', false]
  return ['text', character === '\t' || !/\p{Cc}/u.test(character)]
}
