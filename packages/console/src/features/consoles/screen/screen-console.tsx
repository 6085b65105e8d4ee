/** A machine's screen with its bar: keys, paste, scaling, picture, full screen; connected or only watched. */

import { useCallback, useRef, useState, type ReactNode } from 'react'
import { usePreferences, useSetPreference } from '../../../backend/index.ts'
import { useMessages } from '../../../i18n/index.ts'
import { Button, IconButton, Menu, showToast } from '../../../ui/index.ts'
import { begin, type Attachment } from '../attachment.ts'
import styles from '../consoles.module.css'
import { combinations } from '../keyboard/combinations.ts'
import { typing } from '../keyboard/typing.ts'
import { wishedLayout } from '../keyboard/wished-layout.ts'
import { Overlay } from '../overlay.tsx'
import { PasteDialog } from '../paste-dialog.tsx'
import { saveAs } from '../save-as.ts'
import type { ConsoleTarget } from '../stream-address.ts'
import { usePicture } from '../thumbnail.tsx'
import { toggleFullScreen } from '../full-screen.ts'
import { useMachineState } from '../use-machine-state.ts'
import { ScreenView, type ScreenHandle } from './screen-view.tsx'
import type { Scaling } from './vnc-session.ts'

export interface ConsoleProps {
  target: ConsoleTarget
  /** At the start of its bar: the machine's name, tabs. */
  title?: ReactNode
  /** At the end of its bar: close, into a window. */
  actions?: ReactNode
}

export function ScreenConsole({ target, title, actions }: ConsoleProps) {
  const t = useMessages('consoles')
  const { running, refused } = useMachineState(target)
  const [watching, setWatching] = useState(false)
  const [attachment, setAttachment] = useState<Attachment>(begin)
  const [scaling, setScaling] = useState<Scaling>('fit')
  const [pasting, setPasting] = useState(false)
  const frame = useRef<HTMLDivElement>(null)
  const screen = useRef<ScreenHandle>(null)
  const setPreference = useSetPreference()
  const layout = wishedLayout(usePreferences()['keyboardLayout'], navigator.languages)
  const reason = watching
    ? t('reason.watching')
    : attachment.state === 'connected'
      ? undefined
      : t('reason.notConnected')
  const takeClipboard = useCallback(
    (text: string) => {
      showToast({
        text: t('clipboard.guest'),
        action: { label: t('clipboard.take'), onSelect: () => void navigator.clipboard.writeText(text) },
      })
    },
    [t],
  )
  const savePicture = async (): Promise<void> => {
    const picture = await screen.current?.picture()
    if (picture !== undefined) saveAs(picture, `${target.name}.png`)
  }
  return (
    <div ref={frame} className={styles['frame']}>
      <div className={styles['bar']} role="toolbar" aria-label={t('bar')}>
        <span className={styles['title']}>{title}</span>
        <Menu
          label={t('keys')}
          groups={[
            {
              items: combinations.map(({ id, label, keys }) => ({
                id,
                label,
                reason,
                onSelect: () => {
                  screen.current?.press(keys)
                  screen.current?.focus()
                },
              })),
            },
          ]}
        >
          <Button kind="quiet" icon="keyboard">
            {t('keys')}
          </Button>
        </Menu>
        <Button kind="quiet" icon="copy" reason={reason} onClick={() => setPasting(true)}>
          {t('paste.short')}
        </Button>
        <IconButton icon="image" label={t('picture')} reason={reason} onClick={() => void savePicture()} />
        <Button
          kind="quiet"
          aria-pressed={scaling === 'fit'}
          hint={t('scalingHelp')}
          onClick={() => setScaling(scaling === 'fit' ? 'actual' : 'fit')}
        >
          {t(scaling === 'fit' ? 'scaling.fit' : 'scaling.actual')}
        </Button>
        <Button kind="quiet" icon="eye" aria-pressed={watching} onClick={() => setWatching(!watching)}>
          {t('watch')}
        </Button>
        <IconButton icon="expand" label={t('fullScreen')} onClick={() => void toggleFullScreen(frame.current)} />
        {actions}
      </div>
      <div className={styles['stage']}>
        {watching ? (
          <WatchedScreen target={target} running={running} />
        ) : (
          <>
            <ScreenView
              ref={screen}
              target={target}
              running={running}
              scaling={scaling}
              label={t('screenOf', { name: target.name })}
              onAttachment={setAttachment}
              onClipboard={takeClipboard}
            />
            <Overlay
              attachment={attachment}
              refused={refused}
              onAgain={(options) => screen.current?.again(options)}
              onWatch={() => setWatching(true)}
            />
          </>
        )}
      </div>
      {pasting && (
        <PasteDialog
          layout={layout}
          onLayout={(chosen) => setPreference('keyboardLayout', chosen)}
          onType={async (text, { signal, progress }) => {
            const { strokes } = typing(text, layout)
            await screen.current?.type(strokes, { signal, progress: (done) => progress(done / strokes.length) })
          }}
          onClose={() => {
            setPasting(false)
            screen.current?.focus()
          }}
        />
      )}
    </div>
  )
}

/** By pictures, so that whoever is connected stays so. */
function WatchedScreen({ target, running }: { target: ConsoleTarget; running: boolean }) {
  const t = useMessages('consoles')
  const { picture, failed } = usePicture(target, { active: running, everyMs: 1500 })
  return (
    <>
      {picture !== undefined && (
        <img className={styles['picture']} src={picture} alt={t('screenOf', { name: target.name })} />
      )}
      {(picture === undefined || !running) && (
        <div className={styles['over']} role="status">
          {t(running ? (failed ? 'thumbnail.none' : 'thumbnail.loading') : 'state.waiting')}
        </div>
      )}
    </>
  )
}
