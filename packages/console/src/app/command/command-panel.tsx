/** One text that finds, goes and does. What would be touched is shown before, and the plan is asked about where it matters. */

import { useDeferredValue, useEffect, useId, useLayoutEffect, useRef, useState, type KeyboardEvent } from 'react'
import { PlanDialog } from '../../features/actions/index.ts'
import { useMessages } from '../../i18n/index.ts'
import { useGo } from '../../routes/navigation.tsx'
import { Icon, StatusMark } from '../../ui/index.ts'
import { closeCommandBar, typedAhead } from './command-state.ts'
import styles from './command.module.css'
import type { Entry } from './entry.ts'
import { useEntries } from './use-entries.ts'

export function CommandPanel({ initial }: { initial: string }) {
  const t = useMessages('app')
  const id = useId()
  const go = useGo()
  const dialog = useRef<HTMLDialogElement>(null)
  const input = useRef<HTMLInputElement>(null)
  const [text, setText] = useState(() => initial + typedAhead())
  const [chosen, setChosen] = useState(0)
  const [asking, setAsking] = useState<Extract<Entry['does'], { kind: 'ask' }>>()
  const { entries, hint } = useEntries(useDeferredValue(text))
  const at = Math.min(chosen, entries.length - 1)

  // Before the next key can arrive.
  useLayoutEffect(() => {
    if (asking === undefined) dialog.current?.showModal()
  }, [asking])

  useEffect(() => {
    document.getElementById(`${id}-${at}`)?.scrollIntoView({ block: 'nearest' })
  }, [id, at])

  const type = (next: string): void => {
    setText(next)
    setChosen(0)
  }

  const take = ({ does, reason }: Entry): void => {
    if (reason !== undefined) return
    switch (does.kind) {
      case 'go':
        closeCommandBar()
        go(does.href)
        break
      case 'type':
        type(does.text)
        input.current?.focus()
        break
      case 'run':
        closeCommandBar()
        does.run()
        break
      case 'ask':
        setAsking(does)
        break
    }
  }

  const onKey = (event: KeyboardEvent): void => {
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 }
    const step = steps[event.key]
    const entry = entries[at]
    if (step !== undefined) {
      event.preventDefault()
      if (entries.length > 0) setChosen((at + step + entries.length) % entries.length)
    } else if (event.key === 'Enter' && entry !== undefined) {
      event.preventDefault()
      take(entry)
    } else if (event.key === 'Tab' && !event.shiftKey && entry?.does.kind === 'type') {
      event.preventDefault()
      take(entry)
    }
  }

  if (asking !== undefined) {
    const { action, selection, name } = asking
    return (
      <PlanDialog
        action={action}
        selection={selection}
        {...(name === undefined ? {} : { name })}
        onClose={closeCommandBar}
      />
    )
  }
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions, jsx-a11y/click-events-have-key-events -- Escape closes it by keyboard
    <dialog
      ref={dialog}
      className={styles['bar']}
      aria-label={t('command.title')}
      onClose={closeCommandBar}
      onClick={(event) => {
        if (event.target === dialog.current) closeCommandBar()
      }}
    >
      <div className={styles['panel']}>
        <div className={styles['line']}>
          <Icon name="search" />
          <input
            ref={input}
            className={styles['input']}
            role="combobox"
            aria-label={t('command.title')}
            aria-expanded={entries.length > 0}
            aria-controls={`${id}-list`}
            aria-activedescendant={entries.length === 0 ? undefined : `${id}-${at}`}
            aria-autocomplete="list"
            autoComplete="off"
            spellCheck={false}
            placeholder={t('command.placeholder')}
            value={text}
            onChange={(event) => type(event.currentTarget.value)}
            onKeyDown={onKey}
          />
          <kbd>Esc</kbd>
        </div>
        <div role="status" className={hint === undefined ? 'visually-hidden' : styles['hint']}>
          {hint ?? t('command.count', { count: entries.length })}
        </div>
        <div id={`${id}-list`} role="listbox" aria-label={t('command.results')} className={styles['list']}>
          {entries.map((entry, index) => (
            // Keys are the input's: the focus stays there.
            // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
            <div
              key={entry.id}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === at}
              aria-disabled={entry.reason !== undefined}
              className={styles['entry']}
              onPointerMove={() => setChosen(index)}
              onClick={() => take(entry)}
            >
              {entry.icon !== undefined && <Icon name={entry.icon} />}
              <span className={styles['label']}>{entry.label}</span>
              <Detail entry={entry} />
            </div>
          ))}
        </div>
      </div>
    </dialog>
  )
}

function Detail({ entry: { tone, detail, reason } }: { entry: Entry }) {
  const said = reason ?? detail
  if (said === undefined || said === '') return null
  if (tone !== undefined && reason === undefined) return <StatusMark tone={tone}>{said}</StatusMark>
  return <span className={styles['detail']}>{said}</span>
}
