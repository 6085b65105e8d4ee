/** Names with values: labels, annotations, selectors. */

import { useState } from 'react'
import { isJsonObject, type JsonObject } from '@berth/meta'
import { useMessages } from '../../../i18n/index.ts'
import { Button, IconButton, TextField } from '../../../ui/index.ts'
import type { FieldState } from './draft-context.tsx'
import styles from './configure.module.css'

export function MapControl({ id, state }: { id: string; state: FieldState }) {
  const t = useMessages('machine')
  const [key, setKey] = useState('')
  const [value, setValue] = useState('')
  const map: JsonObject = isJsonObject(state.value) ? state.value : {}
  const put = (next: JsonObject): void => state.set(Object.keys(next).length === 0 ? undefined : next)
  const add = (): void => {
    if (key === '') return
    put({ ...map, [key]: value })
    setKey('')
    setValue('')
  }
  return (
    <div className={styles['map']} role="group">
      {Object.entries(map).map(([name, member]) => (
        <div key={name} className={styles['pair']}>
          <code className={styles['key']}>{name}</code>
          <TextField
            size="xs"
            aria-label={t('configure.valueOf', { name })}
            value={typeof member === 'string' ? member : JSON.stringify(member)}
            onChange={({ currentTarget }) => put({ ...map, [name]: currentTarget.value })}
          />
          <IconButton
            icon="remove"
            label={t('configure.removeOf', { name })}
            onClick={() => put(Object.fromEntries(Object.entries(map).filter(([other]) => other !== name)))}
          />
        </div>
      ))}
      <div className={styles['pair']}>
        <TextField
          size="xs"
          id={id}
          placeholder={t('configure.key')}
          value={key}
          onChange={({ currentTarget }) => setKey(currentTarget.value)}
          onKeyDown={({ key: pressed }) => pressed === 'Enter' && add()}
        />
        <TextField
          size="xs"
          aria-label={t('configure.value')}
          placeholder={t('configure.value')}
          value={value}
          onChange={({ currentTarget }) => setValue(currentTarget.value)}
          onKeyDown={({ key: pressed }) => pressed === 'Enter' && add()}
        />
        <Button icon="add" reason={key === '' ? t('configure.keyFirst') : undefined} onClick={add}>
          {t('configure.add')}
        </Button>
      </div>
      {state.error !== undefined && <p className={styles['error']}>{state.error}</p>}
    </div>
  )
}
