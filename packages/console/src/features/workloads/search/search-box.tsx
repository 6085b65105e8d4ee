/** The query: fields and values are completed while one types, and what is wrong stands in words under the box. */

import { useEffect, useId, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import { completeQuery, parseQuery, workloadColumns, type Facet } from '@berth/view'
import { useMessages } from '../../../i18n/index.ts'
import { useFormat } from '../../../i18n/format.ts'
import { Icon, IconButton } from '../../../ui/index.ts'
import type { Fields } from './edit-query.ts'
import { problemWords } from './problem-words.ts'
import styles from './search-box.module.css'

export interface SearchBoxProps {
  text: string
  onText: (text: string) => void
  /** Counted values, to complete from. */
  facets: readonly Facet[]
  /** Of another list than the workloads: its fields, and its words. */
  fields?: Fields
  words?: { label: string; placeholder: string; field: (id: string) => string }
}

/** The list follows what is typed, a moment after the last letter; later while it may still become the name of a field. */
const pauseMs = 200
const fieldPauseMs = 900

export function SearchBox({ text, onText, facets, fields = workloadColumns, words }: SearchBoxProps): ReactNode {
  const t = useMessages('workloads')
  const format = useFormat()
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  /** Where the caret goes with the next draft. */
  const placed = useRef<number>(undefined)
  const [draft, setDraft] = useState(text)
  const [known, setKnown] = useState(text)
  const [cursor, setCursor] = useState(0)
  const [open, setOpen] = useState(false)
  const [at, setAt] = useState(-1)
  // The text changed elsewhere: a facet, a saved view, the back button.
  if (known !== text) {
    setKnown(text)
    setDraft(text)
  }
  useEffect(() => () => clearTimeout(timer.current), [])

  // Before the next letter is typed.
  useLayoutEffect(() => {
    if (placed.current === undefined) return
    input.current?.setSelectionRange(placed.current, placed.current)
    placed.current = undefined
  })

  const completion = useMemo(() => completeQuery(draft, cursor, facets, fields), [draft, cursor, facets, fields])
  const suggestions = open ? completion.suggestions : []
  const parsed = useMemo(() => parseQuery(draft, fields), [draft, fields])
  const problem = parsed.ok ? undefined : parsed.problems[0]
  // Nobody is told off in the middle of a word: only when no completion is open.
  const complaint = problem !== undefined && suggestions.length === 0 ? problemWords(problem, t) : undefined

  const commit = (next: string): void => {
    clearTimeout(timer.current)
    setKnown(next)
    if (next !== text) onText(next)
  }
  const change = (next: string, caret: number): void => {
    setDraft(next)
    setCursor(caret)
    setAt(-1)
    setOpen(true)
    clearTimeout(timer.current)
    const [likeliest] = completeQuery(next, caret, facets, fields).suggestions
    const mayBeField = likeliest?.kind === 'field' && !/(^|\s)$/.test(next.slice(0, caret))
    timer.current = setTimeout(() => commit(next), mayBeField ? fieldPauseMs : pauseMs)
  }
  const take = (index: number): void => {
    const suggestion = suggestions[index]
    if (suggestion === undefined) return
    // After a whole value the next term begins.
    const written = suggestion.kind === 'value' ? `${suggestion.text} ` : suggestion.text
    const next = draft.slice(0, completion.from) + written + draft.slice(completion.to).trimStart()
    const caret = completion.from + written.length
    change(next, caret)
    setOpen(suggestion.kind === 'field')
    placed.current = caret
    input.current?.focus()
  }

  const clear = (): void => {
    setDraft('')
    setOpen(false)
    commit('')
    input.current?.focus()
  }

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      if (!open) return setOpen(true)
      const count = suggestions.length
      const by = event.key === 'ArrowDown' ? 1 : -1
      // One step before the first is the text itself.
      setAt((before) => (count === 0 ? -1 : ((before + 1 + by + count + 1) % (count + 1)) - 1))
    } else if (event.key === 'Enter') {
      event.preventDefault()
      if (at >= 0) take(at)
      else {
        setOpen(false)
        commit(draft)
      }
    } else if (event.key === 'Tab' && at >= 0 && !event.shiftKey) {
      event.preventDefault()
      take(at)
    } else if (event.key === 'Escape') {
      if (suggestions.length > 0) setOpen(false)
      else if (draft !== '') clear()
    }
  }

  return (
    <div className={styles['search']}>
      <div className={styles['field']} data-wrong={complaint !== undefined || undefined}>
        <Icon name="search" className={styles['icon'] ?? ''} />
        <input
          ref={input}
          type="text"
          role="combobox"
          className={styles['input']}
          aria-label={words?.label ?? t('search.label')}
          aria-expanded={suggestions.length > 0}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={at >= 0 ? `${id}-${at}` : undefined}
          aria-invalid={complaint !== undefined}
          aria-describedby={complaint === undefined ? undefined : `${id}-problem`}
          data-shortcut="search"
          placeholder={words?.placeholder ?? t('search.placeholder')}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          value={draft}
          onChange={(event) => change(event.target.value, event.target.selectionStart ?? event.target.value.length)}
          onSelect={(event) => setCursor(event.currentTarget.selectionStart ?? 0)}
          onKeyDown={onKeyDown}
          onBlur={() => {
            setOpen(false)
            commit(draft)
          }}
        />
        {draft !== '' && <IconButton icon="close" label={t('search.clear')} onClick={clear} />}
      </div>
      {suggestions.length > 0 && (
        <div id={`${id}-list`} role="listbox" aria-label={t('search.suggestions')} className={styles['list']}>
          {suggestions.map((suggestion, index) => (
            <div
              key={suggestion.text}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === at}
              className={styles['option']}
              ref={index === at ? (option) => option?.scrollIntoView({ block: 'nearest' }) : undefined}
              // The box keeps the focus.
              onPointerDown={(event) => {
                event.preventDefault()
                take(index)
              }}
            >
              <span className={styles['text']}>{suggestion.text}</span>
              <span className={styles['about']}>
                {suggestion.kind === 'field'
                  ? (words?.field(suggestion.field) ?? t(`field.${suggestion.field}`))
                  : suggestion.count !== undefined && format.number(suggestion.count)}
              </span>
            </div>
          ))}
        </div>
      )}
      {complaint !== undefined && (
        <p id={`${id}-problem`} className={styles['problem']} role="status">
          {complaint}
        </p>
      )}
    </div>
  )
}
