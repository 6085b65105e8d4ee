/** How many machines are in which state; every number leads to the list behind it. */

import type { Tone } from '@berth/view'
import { useFormat, useMessages } from '../../i18n/index.ts'
import type { TableSnapshot } from '../../live/index.ts'
import { Link } from '../../routes/navigation.tsx'
import { workloadsPath } from '../../routes/paths.ts'
import { StatusMark } from '../../ui/index.ts'
import styles from './home.module.css'

const tones: readonly Tone[] = ['attention', 'running', 'starting', 'migrating', 'paused', 'stopped']

export function States({ table: { facets, total } }: { table: TableSnapshot }) {
  const t = useMessages('home')
  const format = useFormat()
  const values = facets.find(({ column }) => column === 'tone')?.values ?? []
  const countOf = (tone: Tone): number => values.find(({ value }) => value === tone)?.count ?? 0
  return (
    <ul className={styles['states']}>
      {tones
        .filter((tone) => countOf(tone) > 0)
        .map((tone) => (
          <li key={tone}>
            <Link href={workloadsPath({ q: `tone:${tone}` })}>
              <StatusMark tone={tone}>{t(`tone.${tone}`)}</StatusMark>
              <span>{format.number(countOf(tone))}</span>
            </Link>
          </li>
        ))}
      <li>
        <Link href={workloadsPath()}>
          <span>{t('states.total')}</span>
          <span>{format.number(total)}</span>
        </Link>
      </li>
    </ul>
  )
}
