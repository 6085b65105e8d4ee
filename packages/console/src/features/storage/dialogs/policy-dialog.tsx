/** A schedule of snapshots: when, of which machines, and how many are kept. */

import { useMutation, useQuery } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { newPolicy, type PolicyRow, type PolicyWish, type SnapshotPolicyObject } from '@berth/view'
import { clusterApi, clusterCalls, runRequest } from '../../../backend/index.ts'
import { useMessages } from '../../../i18n/index.ts'
import {
  Dialog,
  FieldGroup,
  Form,
  FormDialog,
  NumberField,
  Problem,
  SelectField,
  Skeleton,
  TextField,
  WordField,
  helpBelow,
  showToast,
} from '../../../ui/index.ts'
import { isName } from '../names.ts'
import { kindOf, referenceTo } from '../references.ts'
import { usePlace, type Place } from './place-fields.tsx'

/** Cron, five fields; the words are the page's. */
const presets = { hourly: '0 * * * *', nightly: '0 1 * * *', weekly: '0 1 * * 0', monthly: '0 1 1 * *' } as const
type When = keyof typeof presets | 'every' | 'cron'
const whens: readonly When[] = ['hourly', 'nightly', 'weekly', 'monthly', 'every', 'cron']

export interface PolicyDialogProps {
  /** To be changed; a new one unless given. */
  row?: PolicyRow
  /** Of a new one: what it is for. */
  labels?: Readonly<Record<string, string>>
  place?: Place
  onClose: () => void
}

export function PolicyDialog({ row, ...rest }: PolicyDialogProps): ReactNode {
  const t = useMessages('storage')
  const { onClose } = rest
  const present = useQuery({
    queryKey: ['policy', row?.key],
    queryFn: async ({ signal }) =>
      clusterApi(row?.cluster ?? '').get<SnapshotPolicyObject>(referenceTo(kindOf.policies, row ?? nobody), signal),
    enabled: row !== undefined,
    gcTime: 0,
    retry: false,
  })
  if (row === undefined) return <PolicyForm {...rest} />
  if (present.data !== undefined) return <PolicyForm {...rest} place={row} policy={present.data} />
  return (
    <Dialog title={t('policy.edit', { name: row.name })} onClose={onClose}>
      {present.error === null ? (
        <Skeleton lines={6} />
      ) : (
        <Problem title={t('policy.unreadable')} error={present.error} />
      )}
    </Dialog>
  )
}

const nobody = { cluster: '', namespace: '', name: '' }

function whenOf(policy: SnapshotPolicyObject | undefined): When {
  if (policy === undefined) return 'nightly'
  if (policy.spec.every !== undefined) return 'every'
  return (
    whens.find((when) => when in presets && presets[when as keyof typeof presets] === policy.spec.schedule) ?? 'cron'
  )
}

function PolicyForm({
  policy,
  labels,
  place: fixed,
  onClose,
}: Omit<PolicyDialogProps, 'row'> & { policy?: SnapshotPolicyObject }): ReactNode {
  const t = useMessages('storage')
  const { place, fields } = usePlace(
    fixed === undefined ? undefined : { cluster: fixed.cluster, namespace: fixed.namespace },
  )
  const spec = policy?.spec
  const [name, setName] = useState(policy?.metadata.name ?? '')
  const [when, setWhen] = useState<When>(() => whenOf(policy))
  const [cron, setCron] = useState(spec?.schedule ?? '30 2 * * 1-5')
  const [every, setEvery] = useState(spec?.every ?? '4h')
  const [selector, setSelector] = useState(() => selectorText(spec?.selector?.matchLabels ?? labels ?? {}))
  const [count, setCount] = useState<number | string>(spec?.keep?.count ?? (policy === undefined ? 7 : ''))
  const [days, setDays] = useState<number | string>(spec?.keep?.days ?? '')
  const [from, setFrom] = useState(spec?.window?.start ?? '')
  const [until, setUntil] = useState(spec?.window?.end ?? '')
  const wanted = readSelector(selector)
  const save = useMutation({
    mutationFn: async () => {
      const wish: PolicyWish = {
        namespace: place.namespace,
        name,
        labels: wanted ?? {},
        when: when === 'every' ? { every } : { schedule: when === 'cron' ? cron : presets[when] },
        ...(from === '' || until === '' ? {} : { window: { start: from, end: until } }),
        ...(typeof count === 'number' ? { keepCount: count } : {}),
        ...(typeof days === 'number' ? { keepDays: days } : {}),
        suspend: spec?.suspend === true,
      }
      const made = newPolicy(wish)
      const target = referenceTo(kindOf.policies, { ...place, name })
      if (policy === undefined) {
        await runRequest('create-policy', { target, calls: [clusterCalls.create(kindOf.policies, made)] })
        return
      }
      // What the form does not know stays as it is; of what it knows, what was emptied goes.
      const { schedule: _schedule, every: _every, window: _window, ...kept } = policy.spec
      const oldWindow = policy.spec.window
      const next: SnapshotPolicyObject = {
        ...policy,
        spec: {
          ...kept,
          ...made.spec,
          selector: { ...policy.spec.selector, ...made.spec.selector },
          keep: { ...withoutCounts(policy.spec.keep), ...made.spec.keep },
          ...(made.spec.window === undefined ? {} : { window: { ...oldWindow, ...made.spec.window } }),
        },
      }
      await runRequest('edit-policy', { target, calls: [clusterCalls.update(target, next)] })
    },
    onSuccess() {
      showToast({ text: t('policy.saved', { name }), tone: 'success' })
      onClose()
    },
  })
  const nameError = name === '' || isName(name) ? undefined : t('form.badName')
  const cronError = when === 'cron' && cron.trim().split(/\s+/).length !== 5 ? t('policy.badCron') : undefined
  const everyError = when === 'every' && !/^(\d+(h|m|s))+$/.test(every) ? t('policy.badEvery') : undefined
  const selectorError = wanted === undefined ? t('policy.badSelector') : undefined
  const keepError = typeof count !== 'number' && typeof days !== 'number' ? t('policy.noKeep') : undefined
  const timeForm = /^([01]\d|2[0-4]):[0-5]\d$/
  const windowError =
    (from === '') !== (until === '') || [from, until].some((time) => time !== '' && !timeForm.test(time))
      ? t('policy.badWindow')
      : undefined
  const reason =
    (name === '' ? t('form.noName') : nameError) ?? cronError ?? everyError ?? selectorError ?? keepError ?? windowError
  return (
    <FormDialog
      title={policy === undefined ? t('action.newPolicy') : t('policy.edit', { name })}
      size="large"
      confirm={t('policy.save')}
      reason={reason}
      work={save}
      failed={t('policy.failed')}
      onClose={onClose}
    >
      <Form columns={2}>
        <WordField
          label={t('column.name')}
          value={name}
          error={nameError}
          readOnly={policy !== undefined}
          data-autofocus
          onWord={setName}
        />
        {fields}
      </Form>
      <FieldGroup legend={t('policy.when')}>
        <Form columns={2}>
          <SelectField
            label={t('column.schedule')}
            value={when}
            data={whens.map((value) => ({ value, label: t(`policy.preset.${value}`) }))}
            allowDeselect={false}
            onChange={(value) => setWhen(whens.find((each) => each === value) ?? when)}
          />
          {when === 'cron' && (
            <TextField
              label={t('policy.cron')}
              inputWrapperOrder={[...helpBelow]}
              description={t('policy.cronHint')}
              value={cron}
              error={cronError}
              onChange={(event) => setCron(event.currentTarget.value)}
            />
          )}
          {when === 'every' && (
            <WordField
              label={t('policy.every')}
              help={t('policy.everyHint')}
              value={every}
              error={everyError}
              onWord={setEvery}
            />
          )}
        </Form>
        <Form columns={2}>
          <WordField
            label={t('policy.from')}
            help={t('policy.windowHint')}
            placeholder="01:00"
            value={from}
            error={windowError}
            onWord={setFrom}
          />
          <WordField label={t('policy.until')} placeholder="05:00" value={until} onWord={setUntil} />
        </Form>
      </FieldGroup>
      <TextField
        label={t('policy.machines')}
        inputWrapperOrder={[...helpBelow]}
        description={t('policy.machinesHint')}
        placeholder="app=web, tier=db"
        value={selector}
        error={selectorError}
        onChange={(event) => setSelector(event.currentTarget.value)}
      />
      <FieldGroup legend={t('policy.keep')} description={t('policy.keepHint')}>
        <Form columns={2}>
          <NumberField label={t('policy.count')} value={count} min={1} max={1000} onChange={setCount} />
          <NumberField label={t('policy.days')} value={days} min={1} max={3650} onChange={setDays} />
        </Form>
      </FieldGroup>
    </FormDialog>
  )
}

function withoutCounts(keep: SnapshotPolicyObject['spec']['keep']): object {
  const { count: _count, days: _days, ...rest } = keep ?? {}
  return rest
}

function selectorText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ')
}

/** Nothing is every machine of the namespace; undefined for what is no list of labels. */
function readSelector(text: string): Record<string, string> | undefined {
  const found: Record<string, string> = {}
  for (const part of text.split(',')) {
    if (part.trim() === '') continue
    const [, key = '', value = ''] = /^\s*([^\s=]+)\s*=\s*([^\s=]*)\s*$/.exec(part) ?? []
    if (key === '') return undefined
    found[key] = value
  }
  return found
}
