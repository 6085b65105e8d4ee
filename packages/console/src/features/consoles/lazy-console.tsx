/** A console in a tab, in the dock or alone in a window. */

import { lazy, Suspense } from 'react'
import { Skeleton } from '../../ui/index.ts'
import type { ConsoleKind } from './open-consoles.ts'
import type { ConsoleProps } from './screen/screen-console.tsx'

const Loaded = lazy(async () => ({ default: (await import('./console.tsx')).Console }))

export function Console(props: ConsoleProps & { kind: ConsoleKind }) {
  return (
    <Suspense fallback={<Skeleton lines={1} height="100%" width="100%" />}>
      <Loaded {...props} />
    </Suspense>
  )
}
