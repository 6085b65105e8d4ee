/** Facts on a page: names with their values, small tables, texts to copy. */

import { useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { IconButton } from './button.tsx'
import styles from './data.module.css'

export interface Fact {
  label: string
  /** A dash is shown for undefined. */
  value: ReactNode
}

export function KeyValues({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl className={styles['facts']}>
      {facts.map(({ label, value }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value ?? '–'}</dd>
        </div>
      ))}
    </dl>
  )
}

export interface TableColumn<Item> {
  id: string
  title: string
  cell: (item: Item) => ReactNode
  /** Numbers stand at the end. */
  align?: 'start' | 'end'
  /** The cell that names the row to screen readers; the first unless said. */
  header?: boolean
  width?: string
}

export interface TableProps<Item> {
  /** Its accessible name. */
  label: string
  columns: readonly TableColumn<Item>[]
  items: readonly Item[]
  keyOf: (item: Item) => string
  /** Where there is little room a row is a block with all its cells below each other, instead of one that scrolls sideways. */
  stacks?: boolean
}

/** For what fits on a page. Machines have their own list. */
export function Table<Item>({ label, columns, items, keyOf, stacks = false }: TableProps<Item>) {
  // A table that is laid out as blocks is one to screen readers only where it says so.
  const roleOf = (role: string): { role?: string } => (stacks ? { role } : {})
  const named = columns.find(({ header }) => header === true) ?? columns[0]
  return (
    // A region that scrolls must be reachable by keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={styles['scroll']} role="region" aria-label={label} tabIndex={0}>
      <table className={styles['table']} data-stacks={stacks || undefined} {...roleOf('table')}>
        <thead {...roleOf('rowgroup')}>
          <tr {...roleOf('row')}>
            {columns.map(({ id, title, align, width }) => (
              <th
                key={id}
                scope="col"
                {...roleOf('columnheader')}
                data-align={align}
                style={width === undefined ? undefined : { inlineSize: width }}
              >
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody {...roleOf('rowgroup')}>
          {items.map((item) => (
            <tr key={keyOf(item)} {...roleOf('row')}>
              {columns.map((column) =>
                column === named ? (
                  <th key={column.id} scope="row" data-align={column.align} {...roleOf('rowheader')}>
                    {column.cell(item)}
                  </th>
                ) : (
                  <td key={column.id} data-align={column.align} data-title={column.title} {...roleOf('cell')}>
                    {column.cell(item)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** Copies, and says that it did. */
export function CopyButton({ text, label }: { text: string; label?: string }) {
  const { t } = useTranslation('ui')
  const [copied, setCopied] = useState(false)
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text)
    setCopied(true)
    setTimeout(() => setCopied(false), 2000)
  }
  return (
    <>
      <IconButton
        icon={copied ? 'check' : 'copy'}
        label={copied ? t('copied') : (label ?? t('copy'))}
        onClick={() => void copy()}
      />
      <span className="visually-hidden" aria-live="polite">
        {copied ? t('copied') : ''}
      </span>
    </>
  )
}

/** A text that one copies: a command, a manifest. */
export function CodeBlock({ text, label, wrap = false }: { text: string; label: string; wrap?: boolean }) {
  return (
    <div className={styles['code']}>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls must be reachable by keyboard */}
      <pre role="region" aria-label={label} tabIndex={0} data-wrap={wrap || undefined}>
        {text}
      </pre>
      <div className={styles['copy']}>
        <CopyButton text={text} />
      </div>
    </div>
  )
}

export interface UsageProps {
  label: string
  /** 0 to 1. */
  used: number
  /** `3.2 of 8 GiB`. */
  text: string
}

/** How much of something is used, as a bar and in words. */
export function Usage({ label, used, text }: UsageProps) {
  const part = Math.min(1, Math.max(0, used))
  return (
    <div className={styles['usage']}>
      <span>{label}</span>
      <span className={styles['usageText']}>{text}</span>
      <span
        className={styles['bar']}
        role="meter"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(part * 100)}
        aria-valuetext={text}
        data-full={part > 0.9 || undefined}
      >
        <span style={{ inlineSize: `${part * 100}%` }} />
      </span>
    </div>
  )
}
