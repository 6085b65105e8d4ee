/** Leads to a section of the form. */

import { useEffect } from 'react'
import { useMessages } from '../../../i18n/index.ts'
import { useSearch } from '../../../routes/navigation.tsx'
import { Button } from '../../../ui/index.ts'
import type { SectionId } from './field-table.ts'
import styles from './configure.module.css'

export function SectionNav({ sections }: { sections: readonly SectionId[] }) {
  const t = useMessages('machine')
  const { section } = useSearch()
  // Other pages lead to one: disks, network.
  useEffect(() => show(section), [section])
  return (
    <nav aria-label={t('configure.sections')} className={styles['nav']}>
      {sections.map((id) => (
        <Button key={id} kind="quiet" onClick={() => show(id)}>
          {t(`section.${id}`)}
        </Button>
      ))}
    </nav>
  )
}

function show(section: string | undefined): void {
  if (section === undefined) return
  const place = document.getElementById(`section-${section}`)
  place?.scrollIntoView({ block: 'start' })
  place?.querySelector<HTMLElement>('input, textarea, button')?.focus({ preventScroll: true })
}
