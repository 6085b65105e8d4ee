/** A field of the form: its name, its control, when a change of it takes effect, and the way back. */

import { useQuery } from '@tanstack/react-query'
import { useId, type ReactNode } from 'react'
import { isJsonObject, type Json, type KubeObject } from '@berth/meta'
import { clusterApi } from '../../../backend/index.ts'
import { useMessages } from '../../../i18n/index.ts'
import {
  Icon,
  IconButton,
  NumberField,
  SelectField,
  SuggestField,
  SwitchField,
  TextField,
  Tooltip,
} from '../../../ui/index.ts'
import { useDraftContext, useField, type FieldState } from './draft-context.tsx'
import type { FieldSpec } from './field-table.ts'
import { MapControl } from './map-control.tsx'
import { YamlControl } from './yaml-control.tsx'
import styles from './configure.module.css'

export function FieldRow({ field }: { field: FieldSpec }) {
  const t = useMessages('machine')
  const id = useId()
  const state = useField(field.path)
  const hint = t(`fieldHint.${field.id}`, { defaultValue: '' })
  return (
    <PlainRow id={id} label={t(`field.${field.id}`)} hint={hint} state={state}>
      <Control id={id} field={field} state={state} />
    </PlainRow>
  )
}

export function PlainRow({
  id,
  label,
  hint = '',
  state,
  children,
}: {
  id: string
  label: string
  hint?: string
  state: Pick<FieldState, 'dirty' | 'effect' | 'revert'>
  children: ReactNode
}) {
  const t = useMessages('machine')
  return (
    <div className={styles['row']} data-dirty={state.dirty || undefined}>
      <div className={styles['name']}>
        <label htmlFor={id}>{label}</label>
        {hint !== '' && <span className={styles['hint']}>{hint}</span>}
      </div>
      <div className={styles['control']}>{children}</div>
      <div className={styles['meta']}>
        <EffectMark effect={state.effect} />
        {state.dirty && (
          <IconButton icon="undo" label={t('configure.revertField', { field: label })} onClick={state.revert} />
        )}
      </div>
    </div>
  )
}

export function EffectMark({ effect }: { effect: FieldState['effect'] }) {
  const t = useMessages('machine')
  if (effect === 'now') return null
  return (
    <Tooltip label={t(`effect.${effect}Hint`)}>
      <span className={styles['effect']}>
        <Icon name={effect === 'restart' ? 'restart' : 'clock'} />
        <span>{t(`effect.${effect}`)}</span>
      </span>
    </Tooltip>
  )
}

function Control({ id, field, state }: { id: string; field: FieldSpec; state: FieldState }) {
  const t = useMessages('machine')
  const { value, error, set } = state
  const unset = t('configure.unset')
  switch (field.kind) {
    case 'text':
      return (
        <TextField
          id={id}
          size="xs"
          placeholder={state.otherwise}
          value={textOf(value)}
          error={error}
          onChange={({ currentTarget }) => set(emptyAs(currentTarget.value))}
        />
      )
    case 'number':
      return (
        <NumberField
          id={id}
          size="xs"
          placeholder={state.otherwise}
          value={typeof value === 'number' ? value : ''}
          min={field.least ?? 0}
          allowDecimal={false}
          clampBehavior="none"
          error={error}
          onChange={(next) => set(typeof next === 'number' ? next : undefined)}
        />
      )
    case 'select':
      return (
        <SelectField
          id={id}
          size="xs"
          value={textOf(value)}
          data={withPresent(field.options ?? [], textOf(value)).map((option) => ({
            value: option,
            label: option === '' ? (state.otherwise === '' ? unset : `${unset} (${state.otherwise})`) : option,
          }))}
          error={error}
          onChange={(next) => set(emptyAs(next ?? ''))}
          allowDeselect={false}
        />
      )
    case 'suggest':
      return <Suggest id={id} field={field} state={state} />
    case 'switch':
      return (
        <SwitchField
          id={id}
          checked={typeof value === 'boolean' ? value : (field.initially ?? false)}
          error={error}
          onChange={({ currentTarget }) => set(currentTarget.checked)}
        />
      )
    case 'object':
      return (
        <SwitchField
          id={id}
          checked={isJsonObject(value)}
          error={error}
          onChange={({ currentTarget }) => set(currentTarget.checked ? {} : undefined)}
        />
      )
    case 'map':
      return <MapControl id={id} state={state} />
    case 'yaml':
      return <YamlControl id={id} state={state} />
  }
}

function Suggest({ id, field, state }: { id: string; field: FieldSpec; state: FieldState }) {
  const { cluster } = useDraftContext()
  const { data } = useQuery({
    queryKey: ['k8s', cluster, field.from],
    queryFn: async ({ signal }) => {
      const kind = { group: 'instancetype.kubevirt.io', version: 'v1beta1', resource: field.from ?? '' }
      return clusterApi(cluster).list<KubeObject>(kind, { signal })
    },
    enabled: field.from !== undefined,
    staleTime: 60_000,
    retry: false,
  })
  const names = data?.items.flatMap(({ metadata }) => metadata.name ?? []) ?? field.options ?? []
  return (
    <SuggestField
      id={id}
      size="xs"
      placeholder={state.otherwise}
      value={textOf(state.value)}
      data={[...names]}
      limit={20}
      error={state.error}
      onChange={(next) => state.set(emptyAs(next))}
    />
  )
}

/** A value that another server or a newer version knows is kept and shown. */
function withPresent(options: readonly string[], value: string): string[] {
  return options.includes(value) ? [...options] : [value, ...options]
}

function textOf(value: Json | undefined): string {
  return value === undefined || value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function emptyAs(text: string): string | undefined {
  return text === '' ? undefined : text
}
