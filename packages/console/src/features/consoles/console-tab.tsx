/** The console tab of a machine's page: screen or serial, and the ways to take it elsewhere. */

import { useMessages } from '../../i18n/index.ts'
import { consoleWindowPath } from '../../routes/paths.ts'
import { IconButton, Segments } from '../../ui/index.ts'
import { Console } from './lazy-console.tsx'
import { openConsole, type ConsoleKind } from './open-consoles.ts'
import { openWindow } from './open-window.ts'
import type { ConsoleTarget } from './stream-address.ts'

export interface ConsoleTabProps {
  target: ConsoleTarget
  kind: ConsoleKind
  onKind: (kind: ConsoleKind) => void
}

export function ConsoleTab({ target, kind, onKind }: ConsoleTabProps) {
  const t = useMessages('consoles')
  return (
    <Console
      target={target}
      kind={kind}
      title={
        <Segments
          label={t('kind')}
          value={kind}
          options={[
            { value: 'vnc', label: t('vnc') },
            { value: 'serial', label: t('serial') },
          ]}
          onChange={onKind}
        />
      }
      actions={
        <>
          <IconButton icon="pin" label={t('toDock')} onClick={() => openConsole({ ...target, kind })} />
          <IconButton
            icon="open"
            label={t('toWindow')}
            onClick={() => openWindow(consoleWindowPath({ ...target, kind }))}
          />
        </>
      }
    />
  )
}
