import { useMessages } from '../../i18n/index.ts'
import { useSearch, useSetSearch } from '../../routes/navigation.tsx'
import { catalogueItemPath } from '../../routes/paths.ts'
import { useState } from 'react'
import { Button, Empty, Skeleton, TextField } from '../../ui/index.ts'
import { Failures } from './failures.tsx'
import { MakeTemplateDialog } from './make-template-dialog.tsx'
import styles from './catalogue.module.css'
import { TemplateTiles } from './template-tiles.tsx'
import { matchesTemplate, useTemplates } from './use-templates.ts'

export function TemplatesSection() {
  const t = useMessages('catalogue')
  const { items, loading, failures, refetch } = useTemplates()
  const { q = '', from } = useSearch()
  const setSearch = useSetSearch()
  const [making, setMaking] = useState(from !== undefined)
  const close = (): void => {
    setMaking(false)
    setSearch({ from: undefined })
  }
  const found = items.filter(({ item }) => matchesTemplate(item, q))
  return (
    <>
      <div className={styles['bar']}>
        <TextField
          className={styles['search'] ?? ''}
          aria-label={t('templates.search')}
          placeholder={t('templates.search')}
          value={q}
          onChange={(event) => setSearch({ q: event.currentTarget.value })}
        />
        <Button icon="template" onClick={() => setMaking(true)}>
          {t('templates.make')}
        </Button>
      </div>
      <Failures failures={failures} onRetry={refetch} />
      {loading ? (
        <Skeleton lines={6} height="4.5rem" />
      ) : found.length === 0 ? (
        <Empty icon="template" title={q === '' ? t('templates.none') : t('templates.noneFound', { q })}>
          {q === '' ? t('templates.noneText') : undefined}
        </Empty>
      ) : (
        <TemplateTiles
          label={t('templates.title')}
          templates={found}
          hrefOf={({ cluster, item }) =>
            catalogueItemPath({
              section: 'templates',
              cluster,
              namespace: item.metadata.namespace ?? '',
              name: item.metadata.name ?? '',
            })
          }
        />
      )}
      {making && <MakeTemplateDialog {...machineIn(from)} onClose={close} />}
    </>
  )
}

/** `from` in the URL: `cluster/namespace/name` of the machine a template is to be made from. */
function machineIn(from: string | undefined) {
  const [cluster = '', namespace = '', name = ''] = (from ?? '').split('/')
  return name === '' ? {} : { from: { cluster, namespace, name } }
}
