/** Text to be typed into a guest: says beforehand what its keyboard has no key for, and how far it is. */

import { useEffect, useRef, useState } from 'react'
import { useMessages } from '../../i18n/index.ts'
import { Button, Dialog, Notice, ProgressBar, SelectField, Stack, TextAreaField } from '../../ui/index.ts'
import { layoutIds, type LayoutId } from './keyboard/layouts.ts'
import { typing } from './keyboard/typing.ts'

export interface PasteDialogProps {
  /** Of the guest's keyboard; undefined where bytes are sent and no keys. */
  layout: LayoutId | undefined
  onLayout: (layout: LayoutId) => void
  /** Resolves when all is typed or `signal` aborted. @param progress is told the share that is done, 0 to 1 */
  onType: (text: string, options: { signal: AbortSignal; progress: (share: number) => void }) => Promise<void>
  onClose: () => void
}

/** What is listed of characters that can't be typed. */
const mostListed = 20
const longest = 100_000

export function PasteDialog({ layout, onLayout, onType, onClose }: PasteDialogProps) {
  const t = useMessages('consoles')
  const [text, setText] = useState('')
  const [share, setShare] = useState<number>()
  const stop = useRef<AbortController>(undefined)
  useEffect(() => () => stop.current?.abort(), [])
  const untypable = layout === undefined ? [] : typing(text, layout).untypable

  const type = async (): Promise<void> => {
    const control = new AbortController()
    stop.current = control
    setShare(0)
    await onType(text, { signal: control.signal, progress: setShare })
    if (!control.signal.aborted) onClose()
  }
  return (
    <Dialog
      title={t('paste.title')}
      onClose={onClose}
      actions={
        <Button
          kind="primary"
          busy={share !== undefined}
          reason={text === '' ? t('paste.empty') : undefined}
          onClick={() => void type()}
        >
          {t('paste.type')}
        </Button>
      }
    >
      <Stack>
        <TextAreaField
          label={t('paste.text')}
          description={t('paste.help')}
          autosize
          minRows={4}
          maxRows={14}
          maxLength={longest}
          value={text}
          data-autofocus
          onChange={(event) => setText(event.currentTarget.value)}
        />
        {layout !== undefined && (
          <SelectField
            label={t('paste.layout')}
            description={t('paste.layoutHelp')}
            data={layoutIds.map((id) => ({ value: id, label: t(`layout.${id}`) }))}
            value={layout}
            allowDeselect={false}
            searchable
            // Only ids can be chosen.
            onChange={(chosen) => onLayout((chosen ?? layout) as LayoutId)}
          />
        )}
        {untypable.length > 0 && (
          <Notice tone="attention" title={t('paste.untypable', { count: untypable.length })}>
            <code>{untypable.slice(0, mostListed).join(' ')}</code>
            {untypable.length > mostListed && ' …'}
          </Notice>
        )}
        {share !== undefined && <ProgressBar value={share} label={t('paste.progress')} />}
      </Stack>
    </Dialog>
  )
}
