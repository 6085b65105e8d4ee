/** Many screens side by side: whatever matches a query and runs. */

import { useEffect, useMemo, useState } from 'react'
import { stateWord, useMessages } from '../../i18n/index.ts'
import { useRow, useRowsStore, useTable, type RowsQuery, type RowsStore } from '../../live/index.ts'
import { Link, useSearch, useSetSearch } from '../../routes/navigation.tsx'
import { machineTabPath, workloadsPath } from '../../routes/paths.ts'
import { Button, Empty, IconButton, Page, Segments, Skeleton, StatusMark, TextField } from '../../ui/index.ts'
import { openConsole } from './open-consoles.ts'
import { Thumbnail } from './thumbnail.tsx'
import styles from './wall.module.css'

/** More would be a picture each, taken again and again. */
const mostScreens = 60
const sizes = { small: '14rem', medium: '22rem', large: '34rem' } as const
type Size = keyof typeof sizes

export function WallPage() {
  const t = useMessages('consoles')
  const query = useSearch()['q'] ?? ''
  const setSearch = useSetSearch()
  const [size, setSize] = useState<Size>('medium')
  const [text, setText] = useState(query)
  const rows = useMemo<RowsQuery>(
    () => ({
      table: 'workloads',
      query: `kind:VirtualMachine status:Running ${query}`.trim(),
      sort: [{ column: 'name' }],
    }),
    [query],
  )
  const store = useRowsStore(rows)
  useEffect(() => store.setVisible({ from: 0, count: mostScreens }), [store])
  const table = useTable(store)
  const keys = table.window.filter((line) => typeof line === 'string').slice(0, mostScreens)
  return (
    <Page
      title={t('wall.title')}
      actions={
        <Segments
          label={t('wall.size')}
          value={size}
          options={(Object.keys(sizes) as Size[]).map((value) => ({ value, label: t(`wall.${value}`) }))}
          onChange={setSize}
        />
      }
      below={
        <form
          role="search"
          onSubmit={(event) => {
            event.preventDefault()
            setSearch({ q: text })
          }}
        >
          <TextField
            aria-label={t('wall.query')}
            placeholder={t('wall.queryHint')}
            value={text}
            error={table.refusal?.message}
            onChange={(event) => setText(event.currentTarget.value)}
            onBlur={() => setSearch({ q: text })}
          />
        </form>
      }
    >
      {table.lines > mostScreens && <p>{t('wall.more', { shown: mostScreens, total: table.lines })}</p>}
      {table.status === 'opening' ? (
        <Skeleton lines={4} height="8rem" />
      ) : keys.length === 0 ? (
        <Empty icon="screen" title={t('wall.empty')} action={<Button href={workloadsPath()}>{t('wall.list')}</Button>}>
          {t('wall.emptyText')}
        </Empty>
      ) : (
        <ul
          className={styles['wall']}
          style={{ gridTemplateColumns: `repeat(auto-fill, minmax(${sizes[size]}, 1fr))` }}
        >
          {keys.map((key) => (
            <WallScreen key={key} store={store} row={key} />
          ))}
        </ul>
      )}
    </Page>
  )
}

function WallScreen({ store, row: key }: { store: RowsStore; row: string }) {
  const t = useMessages('consoles')
  const row = useRow(store, key)
  if (row === undefined) return null
  const { cluster, namespace, name, tone, status } = row
  const target = { cluster, namespace, name }
  return (
    <li className={styles['cell']}>
      <Link href={machineTabPath({ ...target, tab: 'console' })} aria-label={t('wall.open', { name })}>
        <Thumbnail target={target} running={tone === 'running'} everyMs={4000} />
      </Link>
      <div className={styles['caption']}>
        <StatusMark tone={tone}>{stateWord(t, status)}</StatusMark>
        <span className={styles['name']}>{name}</span>
        <IconButton
          icon="pin"
          label={t('toDockOf', { name })}
          onClick={() => openConsole({ ...target, kind: 'vnc' })}
        />
      </div>
    </li>
  )
}
