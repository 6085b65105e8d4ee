/** Several of a kind, one under the other: added, changed, taken away. */

import type { ReactNode } from 'react'
import { Button, FieldGroup, Stack } from '../../../ui/index.ts'
import styles from './images.module.css'

export interface EntryListProps<Entry> {
  legend: string
  description?: string
  entries: readonly Entry[]
  /** What a new one begins with. */
  fresh: Entry
  addWord: string
  /** @param index from 0 */
  removeWord: (index: number) => string
  onChange: (entries: Entry[]) => void
  children: (entry: Entry, change: (next: Entry) => void, index: number) => ReactNode
}

export function EntryList<Entry>(props: EntryListProps<Entry>): ReactNode {
  const { legend, description, entries, fresh, addWord, removeWord, onChange, children } = props
  return (
    <FieldGroup legend={legend} {...(description === undefined ? {} : { description })}>
      <Stack>
        {entries.map((entry, index) => (
          // They have no names of their own, and are not moved.
          // oxlint-disable-next-line react/no-array-index-key
          <div key={index} className={styles['entry']} role="group" aria-label={`${legend} ${String(index + 1)}`}>
            {children(entry, (next) => onChange(entries.with(index, next)), index)}
            <div className={styles['entryEnd']}>
              <Button kind="quiet" icon="remove" onClick={() => onChange(entries.toSpliced(index, 1))}>
                {removeWord(index)}
              </Button>
            </div>
          </div>
        ))}
        <div>
          <Button icon="add" onClick={() => onChange([...entries, fresh])}>
            {addWord}
          </Button>
        </div>
      </Stack>
    </FieldGroup>
  )
}
