/** Loads the command bar when it is first opened. */

import { lazy, Suspense } from 'react'
import { useCommandBar } from './command-state.ts'

const CommandPanel = lazy(async () => ({ default: (await import('./command-panel.tsx')).CommandPanel }))

export function CommandBar() {
  const open = useCommandBar()
  if (open === undefined) return null
  return (
    <Suspense fallback={null}>
      <CommandPanel initial={open.text} />
    </Suspense>
  )
}
