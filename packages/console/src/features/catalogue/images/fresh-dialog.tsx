/** Keeps an image fresh: where to look, how often, and how many imports are kept. */

import { useMutation, useQuery } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import type { DataImportCron } from '@berth/api'
import { isImageName, newFresh, scheduleWords, type FreshRow, type FreshWish } from '@berth/view'
import { clusterApi } from '../../../backend/index.ts'
import { useMessages } from '../../../i18n/index.ts'
import {
  CheckboxField,
  Dialog,
  Form,
  FormDialog,
  Notice,
  NumberField,
  Problem,
  SelectField,
  Skeleton,
  TextField,
  WordField,
  helpBelow,
  showToast,
} from '../../../ui/index.ts'
import { isQuantity } from '../../storage/names.ts'
import { freshRef, makeFresh, replaceFresh } from './calls.ts'
import { ClassField } from '../../storage/dialogs/class-field.tsx'
import { DiskChoice } from '../../storage/dialogs/disk-choice.tsx'
import { noAccess, withAccess } from '../../storage/dialogs/keep-access.ts'
import { useOfCluster } from '../../storage/dialogs/of-cluster.ts'
import { useSourceAccess } from '../../storage/dialogs/source-access.tsx'
import { useClasses } from '../../storage/dialogs/use-classes.ts'
import { useScheduleText } from './image-cells.tsx'
import { useImagePlace } from './place-field.tsx'
import type { Images } from './use-images.ts'

const presets = { hourly: '0 * * * *', nightly: '0 3 * * *', weekly: '0 3 * * 0', monthly: '0 3 1 * *' } as const
type Preset = keyof typeof presets | 'own'
const choices: readonly Preset[] = ['hourly', 'nightly', 'weekly', 'monthly', 'own']
const defaultKeep = 3

export interface FreshDialogProps {
  /** To be changed; a new one unless given. */
  row?: FreshRow
  images: Images
  onClose: () => void
}

export function FreshDialog({ row, images, onClose }: FreshDialogProps): ReactNode {
  const t = useMessages('catalogue')
  const present = useQuery({
    queryKey: ['fresh', row?.key],
    queryFn: async ({ signal }) => clusterApi(row?.cluster ?? '').get<DataImportCron>(freshRef(row ?? nobody), signal),
    enabled: row !== undefined,
    gcTime: 0,
    retry: false,
  })
  if (row === undefined) return <FreshForm images={images} onClose={onClose} />
  if (present.data !== undefined) return <FreshForm row={row} cron={present.data} images={images} onClose={onClose} />
  return (
    <Dialog title={t('fresh.editTitle', { name: row.image })} onClose={onClose}>
      {present.error === null ? <Skeleton lines={6} /> : <Problem title={t('images.notDone')} error={present.error} />}
    </Dialog>
  )
}

const nobody = { cluster: '', namespace: '', name: '' }

function FreshForm({ row, cron, images, onClose }: FreshDialogProps & { cron?: DataImportCron }): ReactNode {
  const t = useMessages('catalogue')
  const words = useScheduleText()
  const { place, fields } = useImagePlace(row)
  const classes = useClasses(place.cluster)
  const before = cron?.spec
  const source = before?.template.spec.source
  const storage = before?.template.spec.storage ?? before?.template.spec.pvc
  const [image, setImage] = useState(before?.managedDataSource ?? '')
  const [from, setFrom] = useState<'registry' | 'pvc'>(source?.pvc === undefined ? 'registry' : 'pvc')
  const [url, setUrl] = useState(source?.registry?.url ?? '')
  const [disk, setDisk] = useOfCluster<string | null>(
    place.cluster,
    source?.pvc === undefined ? null : `${source.pvc.namespace}/${source.pvc.name}`,
    null,
  )
  const server = useSourceAccess('registry', {
    secret: source?.registry?.secretRef ?? '',
    certificates: source?.registry?.certConfigMap ?? '',
  })
  const [size, setSize] = useState(storage?.resources?.requests?.['storage'] ?? '')
  const [className, setClass] = useOfCluster<string | null>(place.cluster, storage?.storageClassName ?? null, null)
  const [preset, setPreset] = useState<Preset>(() =>
    before === undefined
      ? 'nightly'
      : (choices.find((each) => each !== 'own' && presets[each] === before.schedule) ?? 'own'),
  )
  const [own, setOwn] = useState(before?.schedule ?? '30 2 * * 1-5')
  const [keep, setKeep] = useState<number | string>(before?.importsToKeep ?? defaultKeep)
  const [takesAlong, setTakesAlong] = useState(before?.retentionPolicy === 'None')
  const schedule = preset === 'own' ? own.trim() : presets[preset]
  const [namespace = '', name = ''] = (disk ?? '').split('/')
  const wishSource: FreshWish['source'] | undefined =
    from === 'registry'
      ? url === ''
        ? undefined
        : { kind: 'registry', url }
      : disk === null
        ? undefined
        : { kind: 'pvc', namespace, name }
  const save = useMutation({
    async mutationFn() {
      if (wishSource === undefined) return
      const name = row?.name ?? image
      await withAccess(wishSource.kind === 'registry' ? server.access : noAccess, { ...place, name }, async (names) => {
        const made = newFresh({
          namespace: place.namespace,
          name,
          image,
          schedule,
          keep: Number(keep),
          size,
          source: wishSource.kind === 'registry' ? { ...wishSource, ...names } : wishSource,
          takesAlong,
          ...(className === null ? {} : { class: className }),
        })
        if (row === undefined || cron === undefined) await makeFresh(place.cluster, made)
        else await replaceFresh(row, withRest(made, cron), cron)
      })
    },
    onSuccess() {
      showToast({ text: t('fresh.saved', { name: image }), tone: 'success' })
      onClose()
    },
  })
  const other = images.rows.find(
    (each) => each.cluster === place.cluster && each.namespace === place.namespace && each.name === image,
  )
  const taken = row === undefined && other !== undefined ? t('images.nameTaken', { name: image }) : undefined
  const nameError = image === '' || isImageName(image) ? taken : t('builds.badName')
  const sizeError = size === '' || isQuantity(size) ? undefined : t('builds.badSize')
  const ownError =
    preset !== 'own' || own.trim() === '' || own.trim().split(/\s+/).length === 5 ? undefined : t('fresh.badCron')
  const loses = row?.takesAlong === true && row.imports.length > 0
  const reason =
    (image === '' ? t('builds.noName') : nameError) ??
    (wishSource === undefined ? t(`images.noSource.${from}`) : undefined) ??
    (size === '' ? t('images.noSize') : sizeError) ??
    ownError ??
    (from === 'registry' ? server.reason : undefined) ??
    (typeof keep === 'number' ? undefined : t('fresh.noKeep'))
  return (
    <FormDialog
      title={row === undefined ? t('images.add.fresh') : t('fresh.editTitle', { name: row.image })}
      size="large"
      confirm={t(row === undefined ? 'fresh.begin' : 'save')}
      reason={reason}
      work={save}
      failed={t('images.notDone')}
      onClose={onClose}
    >
      <p>{t('images.add.freshText')}</p>
      <Form columns={2}>
        <WordField
          label={t('builds.name')}
          value={image}
          error={nameError}
          readOnly={row !== undefined}
          data-autofocus
          onWord={setImage}
        />
        {fields}
        <SelectField
          label={t('fresh.from')}
          value={from}
          allowDeselect={false}
          data={(['registry', 'pvc'] as const).map((value) => ({ value, label: t(`fresh.fromKind.${value}`) }))}
          onChange={(value) => setFrom(value === 'pvc' ? 'pvc' : 'registry')}
        />
        {from === 'registry' ? (
          <WordField
            label={t('images.address.registry')}
            help={t('fresh.tagText')}
            placeholder="quay.io/containerdisks/debian:13"
            value={url}
            onWord={setUrl}
          />
        ) : (
          <DiskChoice
            cluster={place.cluster}
            value={disk}
            onChange={setDisk}
            runs={(name) => t('images.diskRuns', { name })}
          />
        )}
        <SelectField
          label={t('fresh.schedule')}
          inputWrapperOrder={[...helpBelow]}
          description={scheduleWords(schedule).kind === 'cron' ? t('fresh.cronText') : words(schedule)}
          value={preset}
          allowDeselect={false}
          data={choices.map((value) => ({ value, label: t(`fresh.preset.${value}`) }))}
          onChange={(value) => setPreset(choices.find((each) => each === value) ?? preset)}
        />
        {preset === 'own' && (
          <TextField
            label={t('fresh.cron')}
            inputWrapperOrder={[...helpBelow]}
            description={t('fresh.cronText')}
            value={own}
            error={ownError}
            onChange={(event) => setOwn(event.currentTarget.value)}
          />
        )}
        <NumberField
          label={t('fresh.keep')}
          inputWrapperOrder={[...helpBelow]}
          description={t('fresh.keepText')}
          value={keep}
          min={1}
          max={100}
          onChange={setKeep}
        />
        <WordField
          label={t('images.size')}
          help={t('images.sizeText')}
          placeholder="10Gi"
          value={size}
          error={sizeError}
          onWord={setSize}
        />
        <ClassField classes={classes} value={className} onChange={setClass} />
        {from === 'registry' && server.fields}
      </Form>
      <CheckboxField
        label={t('fresh.takesAlong')}
        checked={takesAlong}
        onChange={(event) => setTakesAlong(event.currentTarget.checked)}
      />
      {row !== undefined && (
        <Notice tone={loses ? 'attention' : 'info'}>{t(loses ? 'fresh.editLoses' : 'fresh.editText')}</Notice>
      )}
    </FormDialog>
  )
}

/** What the form does not know stays as it is. */
function withRest(made: DataImportCron, { metadata, spec }: DataImportCron): DataImportCron {
  const { labels } = metadata
  const { template } = spec
  const registry = made.spec.template.spec.source?.registry
  return {
    ...made,
    metadata: { ...made.metadata, ...(labels === undefined ? {} : { labels }) },
    spec: {
      ...spec,
      ...made.spec,
      garbageCollect: spec.garbageCollect ?? 'Outdated',
      template: {
        ...template,
        spec: {
          ...made.spec.template.spec,
          ...(registry === undefined
            ? {}
            : { source: { registry: { ...known(template.spec.source?.registry), ...registry } } }),
          ...(made.spec.template.spec.storage === undefined
            ? {}
            : { storage: { ...template.spec.storage, ...made.spec.template.spec.storage } }),
        },
      },
    },
  }
}

type Registry = NonNullable<NonNullable<DataImportCron['spec']['template']['spec']['source']>['registry']>

/** Without what the form can empty. */
function known(registry: Registry | undefined): Registry {
  const { secretRef: _secret, certConfigMap: _certificates, url: _url, ...rest } = registry ?? {}
  return rest
}
