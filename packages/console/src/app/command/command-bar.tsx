/** Loads the command bar once the page has nothing else to do; what is typed before it is there is kept for it. */

import { lazy, Suspense, useEffect, useLayoutEffect } from 'react'
import { typeAhead, useCommandBar } from './command-state.ts'

const load = async () => ({ default: (await import('./command-panel.tsx')).CommandPanel })
const CommandPanel = lazy(load)

/** Then the first page has been drawn. */
const restMs = 2000

export function CommandBar() {
  const open = useCommandBar()
  useEffect(() => {
    // A failure shows, and is tried again, when the bar is opened.
    const timer = setTimeout(() => void load().catch(() => undefined), restMs)
    return () => clearTimeout(timer)
  }, [])
  if (open === undefined) return null
  return (
    <Suspense fallback={<Listening />}>
      <CommandPanel initial={open.text} />
    </Suspense>
  )
}

/** Keys are for the bar from the moment it was asked for, and for nothing that has the focus still. */
function Listening() {
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey) return
      event.preventDefault()
      event.stopPropagation()
      if (event.key.length === 1) typeAhead((text) => text + event.key)
      else if (event.key === 'Backspace') typeAhead((text) => text.slice(0, -1))
    }
    window.addEventListener('keydown', onKey, { capture: true })
    return () => window.removeEventListener('keydown', onKey, { capture: true })
  }, [])
  return null
}
