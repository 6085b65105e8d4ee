/** Listens to the keyboard for the whole page. */

import { useEffect } from 'react'
import { chordOf, matchShortcut, type Typed } from './chord.ts'
import { currentShortcuts } from './registry.ts'

export const isApple = /Mac|iPhone|iPad/.test(navigator.platform)

export function useShortcutKeys(): void {
  useEffect(() => {
    let before: Typed | undefined
    const onKey = (event: KeyboardEvent): void => {
      // A guest's screen takes all keys; so does the input of other scripts.
      if (event.defaultPrevented || event.isComposing || ['Control', 'Meta', 'Shift', 'Alt'].includes(event.key)) return
      const chord = chordOf(event, isApple)
      const usable = currentShortcuts().filter(
        ({ run, everywhere }) => run !== undefined && (everywhere === true || !isTyping(event)),
      )
      const found = matchShortcut(usable, chord, before, event.timeStamp)
      before = found === undefined ? { chord, at: event.timeStamp } : undefined
      if (found === undefined) return
      event.preventDefault()
      found.run?.()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
}

function isTyping({ target }: KeyboardEvent): boolean {
  if (!(target instanceof HTMLElement)) return false
  // A dialog is a question; single keys mean nothing in it.
  if (target.closest('[role=dialog], [role=menu], [role=application], canvas') !== null) return true
  return target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName)
}
