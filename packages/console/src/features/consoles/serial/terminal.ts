/** A terminal in an element of the page, in the page's colours. */

import { FitAddon } from '@xterm/addon-fit'
import { Terminal } from '@xterm/xterm'
import '@xterm/xterm/css/xterm.css'
import { styleNonce } from '../../../ui/index.ts'

const scrollback = 10_000

export interface TerminalParts {
  terminal: Terminal
  /** Fits rows and columns to the element. */
  fit: () => void
  /** Takes the page's colours anew: the theme has changed. */
  recolour: () => void
  dispose: () => void
}

export function openTerminal(element: HTMLElement, { screenReader }: { screenReader: boolean }): TerminalParts {
  const terminal = new Terminal({
    scrollback,
    fontFamily: styleOf(element, '--font-mono'),
    fontSize: 13,
    screenReaderMode: screenReader,
    theme: coloursOf(element),
    // What a guest prints is hostile: it may draw text, and nothing else.
    windowOptions: {},
    linkHandler: { activate: () => {}, allowNonHttpProtocols: false },
  })
  const fitting = new FitAddon()
  terminal.loadAddon(fitting)
  withStyleNonce(element.ownerDocument, () => terminal.open(element))
  const fit = (): void => fitting.fit()
  const sizes = new ResizeObserver(fit)
  sizes.observe(element)
  fit()
  return {
    terminal,
    fit,
    recolour() {
      terminal.options.theme = coloursOf(element)
    },
    dispose() {
      sizes.disconnect()
      terminal.dispose()
    },
  }
}

/** A terminal is dark in every theme, as the screens are that people know; its frame follows the page. */
function coloursOf(element: HTMLElement): { background: string; foreground: string; cursor: string } {
  return {
    background: styleOf(element, '--console-background'),
    foreground: styleOf(element, '--console-text'),
    cursor: styleOf(element, '--console-text'),
  }
}

function styleOf(element: HTMLElement, property: string): string {
  return getComputedStyle(element).getPropertyValue(property).trim()
}

/** The terminal makes style elements of its own, which the content security policy takes with the page's nonce only. */
function withStyleNonce(document: Document, open: () => void): void {
  const nonce = styleNonce()
  if (nonce === '') return open()
  const create = document.createElement.bind(document)
  const withNonce = (tag: string, options?: ElementCreationOptions): HTMLElement => {
    const element = create(tag, options)
    if (tag === 'style') element.nonce = nonce
    return element
  }
  Object.defineProperty(document, 'createElement', { value: withNonce, configurable: true })
  try {
    open()
  } finally {
    Reflect.deleteProperty(document, 'createElement')
  }
}
