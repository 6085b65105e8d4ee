/** Rows are held while the pointer is in the list, a menu is open, or somebody walks through it by keyboard. */

import { useCallback, useEffect, useRef } from 'react'
import type { RowsStore } from '../../../live/index.ts'

/** After the last key. */
const keyboardMs = 4000

export interface Hold {
  enter: () => void
  leave: () => void
  key: () => void
}

export function useHold(store: RowsStore, menuOpen: boolean): Hold {
  const pointer = useRef<(() => void) | undefined>(undefined)
  const keyboard = useRef<{ release: () => void; timer: ReturnType<typeof setTimeout> } | undefined>(undefined)

  const leave = useCallback(() => {
    pointer.current?.()
    pointer.current = undefined
  }, [])
  const enter = useCallback(() => {
    if (pointer.current === undefined) pointer.current = store.hold()
  }, [store])
  const letGo = useCallback(() => {
    clearTimeout(keyboard.current?.timer)
    keyboard.current?.release()
    keyboard.current = undefined
  }, [])
  const key = useCallback(() => {
    const release = keyboard.current?.release ?? store.hold()
    clearTimeout(keyboard.current?.timer)
    keyboard.current = { release, timer: setTimeout(letGo, keyboardMs) }
  }, [store, letGo])

  useEffect(() => (menuOpen ? store.hold() : undefined), [store, menuOpen])
  useEffect(
    () => () => {
      leave()
      letGo()
    },
    [leave, letGo],
  )
  return { enter, leave, key }
}
