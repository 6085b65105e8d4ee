import { useState } from 'react'
import { useMessages } from '../../i18n/index.ts'
import { CodeBlock, Tabs } from '../../ui/index.ts'
import type { Shown } from './show-as.ts'

/** Closed until somebody wants it. */
export function ShowAs({ shown }: { shown: readonly Shown[] }) {
  const t = useMessages('create')
  const [chosen, setChosen] = useState<string>()
  const current = shown.find(({ id }) => id === chosen) ?? shown[0]
  if (current === undefined) return undefined
  const wordOf = (id: Shown['id']): string => (id === 'api' ? t('review.api') : id === 'yaml' ? 'YAML' : id)
  return (
    <details>
      <summary>{t('showAs')}</summary>
      <Tabs
        label={t('showAs')}
        current={current.id}
        onChange={setChosen}
        tabs={shown.map(({ id }) => ({ id, label: wordOf(id) }))}
      >
        <CodeBlock text={current.text} label={t('showAs')} wrap={current.id !== 'yaml'} />
      </Tabs>
    </details>
  )
}
