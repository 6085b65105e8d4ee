/** A machine's serial console with its bar: paste, save what it printed, full screen; connected or only watched. */

import { useRef, useState } from 'react'
import { useMessages } from '../../../i18n/index.ts'
import { Button, IconButton } from '../../../ui/index.ts'
import { begin, type Attachment } from '../attachment.ts'
import styles from '../consoles.module.css'
import { toggleFullScreen } from '../full-screen.ts'
import { Overlay } from '../overlay.tsx'
import { PasteDialog } from '../paste-dialog.tsx'
import { saveAs } from '../save-as.ts'
import type { ConsoleProps } from '../screen/screen-console.tsx'
import { useMachineState } from '../use-machine-state.ts'
import { SerialView, type SerialHandle } from './serial-view.tsx'
import { WatchedSerial } from './watched-serial.tsx'

export function SerialConsole({ target, title, actions }: ConsoleProps) {
  const t = useMessages('consoles')
  const { running, instance, refused } = useMachineState(target)
  const [watching, setWatching] = useState(false)
  const [attachment, setAttachment] = useState<Attachment>(begin)
  const [pasting, setPasting] = useState(false)
  const frame = useRef<HTMLDivElement>(null)
  const serial = useRef<SerialHandle>(null)
  const reason = watching
    ? t('reason.watching')
    : attachment.state === 'connected'
      ? undefined
      : t('reason.notConnected')
  const label = t('serialOf', { name: target.name })
  return (
    <div ref={frame} className={styles['frame']}>
      <div className={styles['bar']} role="toolbar" aria-label={t('bar')}>
        <span className={styles['title']}>{title}</span>
        <Button kind="quiet" icon="copy" reason={reason} onClick={() => setPasting(true)}>
          {t('paste.short')}
        </Button>
        <IconButton
          icon="download"
          label={t('saveText')}
          reason={watching ? t('reason.watching') : undefined}
          onClick={() => saveAs(new Blob([serial.current?.text() ?? ''], { type: 'text/plain' }), `${target.name}.txt`)}
        />
        <Button kind="quiet" icon="eye" aria-pressed={watching} onClick={() => setWatching(!watching)}>
          {t('watch')}
        </Button>
        <IconButton icon="expand" label={t('fullScreen')} onClick={() => void toggleFullScreen(frame.current)} />
        {actions}
      </div>
      <div className={styles['stage']}>
        {watching ? (
          <WatchedSerial target={target} uid={instance?.metadata.uid} label={label} />
        ) : (
          <>
            <SerialView
              ref={serial}
              target={target}
              running={running}
              uid={instance?.metadata.uid}
              label={label}
              droppedText={t('dropped')}
              onAttachment={setAttachment}
            />
            <Overlay
              attachment={attachment}
              refused={refused}
              onAgain={(options) => serial.current?.again(options)}
              onWatch={() => setWatching(true)}
            />
          </>
        )}
      </div>
      {pasting && (
        <PasteDialog
          layout={undefined}
          onLayout={() => {}}
          onType={async (text, { signal, progress }) => {
            const bytes = new TextEncoder().encode(text).length
            await serial.current?.paste(text, { signal, progress: (done) => progress(Math.min(1, done / bytes)) })
          }}
          onClose={() => {
            setPasting(false)
            serial.current?.focus()
          }}
        />
      )}
    </div>
  )
}
