/** Lenses beside the list: values with their counts; a click changes the query's text. */

import { useId, useState, type ReactNode } from 'react'
import type { Facet } from '@berth/view'
import { useFormat } from '../../../i18n/format.ts'
import { stateWord, useMessages } from '../../../i18n/index.ts'
import { Icon, SuggestField } from '../../../ui/index.ts'
import { asksFor, toggleValue } from './edit-query.ts'
import styles from './facets.module.css'
import { lenses, type Lens } from './lenses.ts'

export interface FacetsProps {
  facets: readonly Facet[]
  text: string
  onText: (text: string) => void
  unfolded: ReadonlySet<string>
  onUnfold: (lens: string) => void
  tag: string | undefined
  onTag: (key: string) => void
  /** Keys of labels that are seen, to choose from. */
  tagKeys: readonly string[]
}

/** Values shown before "more". */
const few = 8

export function Facets(props: FacetsProps): ReactNode {
  const t = useMessages('workloads')
  return (
    <section className={styles['facets']} aria-label={t('lens.label')}>
      {lenses.map((lens) => (
        <LensPart key={lens.id} lens={lens} {...props} />
      ))}
    </section>
  )
}

function LensPart({ lens, ...props }: FacetsProps & { lens: Lens }): ReactNode {
  const { facets, unfolded, onUnfold, tag, onTag, tagKeys } = props
  const t = useMessages('workloads')
  const id = useId()
  const open = unfolded.has(lens.id)
  const column = lens.column === 'tag' ? `label:${tag ?? ''}` : lens.column
  const facet = facets.find((each) => each.column === column)
  return (
    <div className={styles['lens']}>
      <h2 className={styles['heading']}>
        <button
          type="button"
          className={styles['fold']}
          aria-expanded={open}
          aria-controls={id}
          onClick={() => onUnfold(lens.id)}
        >
          <Icon name={open ? 'down' : 'next'} />
          {t(`lens.${lens.id}`)}
        </button>
      </h2>
      {open && (
        <div id={id}>
          {lens.column === 'tag' && (
            <div className={styles['tag']}>
              <SuggestField
                aria-label={t('lens.tagKey')}
                placeholder={t('lens.tagKey')}
                data={[...tagKeys]}
                defaultValue={tag ?? ''}
                onOptionSubmit={onTag}
                onBlur={(event) => onTag(event.currentTarget.value.trim())}
              />
            </div>
          )}
          {facet !== undefined && <Values facet={facet} text={props.text} onText={props.onText} />}
        </div>
      )}
    </div>
  )
}

function Values({ facet, text, onText }: Pick<FacetsProps, 'text' | 'onText'> & { facet: Facet }): ReactNode {
  const t = useMessages('workloads')
  const format = useFormat()
  const [all, setAll] = useState(false)
  const shown = all ? facet.values : facet.values.slice(0, few)
  const word = (value: string): string => {
    if (value === '') return t('group.none')
    if (facet.column === 'status') return stateWord(t, value)
    return facet.column === 'kind' ? t(`kind.${value}`, { defaultValue: value }) : value
  }
  return (
    <ul className={styles['values']}>
      {shown.map(({ value, count }) => (
        <li key={value}>
          <button
            type="button"
            className={styles['value']}
            aria-pressed={asksFor(text, facet.column, value)}
            onClick={() => onText(toggleValue(text, facet.column, value))}
          >
            <span className={styles['word']} title={word(value)}>
              {word(value)}
            </span>
            <span className={styles['count']}>{format.number(count)}</span>
          </button>
        </li>
      ))}
      {!all && facet.values.length > few && (
        <li>
          <button type="button" className={styles['more']} onClick={() => setAll(true)}>
            {t('lens.more', { count: facet.values.length - few })}
          </button>
        </li>
      )}
      {all && facet.more > 0 && <li className={styles['rest']}>{t('lens.rest', { count: facet.more })}</li>}
    </ul>
  )
}
