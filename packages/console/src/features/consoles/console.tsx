/** A console of either kind. Its code is large and comes when the first console is opened. */

import { ScreenConsole, type ConsoleProps } from './screen/screen-console.tsx'
import { SerialConsole } from './serial/serial-console.tsx'
import { consoleKey, type ConsoleKind } from './open-consoles.ts'

/** Another machine or kind is another console, and not the same one changed. */
export function Console({ kind, ...props }: ConsoleProps & { kind: ConsoleKind }) {
  const key = consoleKey({ ...props.target, kind })
  return kind === 'vnc' ? <ScreenConsole key={key} {...props} /> : <SerialConsole key={key} {...props} />
}
