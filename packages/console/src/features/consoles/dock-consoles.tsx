/** The consoles of the dock, one of them in front. */

import { useMessages } from '../../i18n/index.ts'
import { consoleWindowPath } from '../../routes/paths.ts'
import { IconButton } from '../../ui/index.ts'
import { Console } from './lazy-console.tsx'
import { closeConsole, type OpenConsole } from './open-consoles.ts'
import { openWindow } from './open-window.ts'

/** One console of the dock; the dock has a tab for each of `useOpenConsoles`. */
export function DockConsole({ open }: { open: OpenConsole }) {
  const t = useMessages('consoles')
  const { kind, ...target } = open
  return (
    <Console
      target={target}
      kind={kind}
      title={t(kind === 'vnc' ? 'screenOf' : 'serialOf', { name: target.name })}
      actions={
        <>
          <IconButton
            icon="open"
            label={t('toWindow')}
            onClick={() => {
              closeConsole(open)
              openWindow(consoleWindowPath({ ...target, kind }))
            }}
          />
          <IconButton icon="close" label={t('closeConsole')} onClick={() => closeConsole(open)} />
        </>
      }
    />
  )
}
