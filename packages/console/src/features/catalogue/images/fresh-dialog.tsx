/** Keeps an image fresh: where to look, how often, and how many imports are kept. */

import { useMutation, useQuery } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import type { DataImportCron } from '@berth/api'
import { isImageName, newFresh, scheduleWords, type FreshRow, type FreshWish } from '@berth/view'
import { clusterApi } from '../../../backend/index.ts'
import { useMessages } from '../../../i18n/index.ts'
import {
  Button,
  CheckboxField,
  Dialog,
  Form,
  Notice,
  NumberField,
  Problem,
  SelectField,
  Skeleton,
  Stack,
  TextField,
  showToast,
} from '../../../ui/index.ts'
import { helpBelow } from '../../create/help-below.ts'
import { isQuantity } from '../../storage/names.ts'
import { freshRef, makeFresh, replaceFresh } from './calls.ts'
import { ClassField } from '../../storage/dialogs/class-field.tsx'
import { useClasses } from '../../storage/dialogs/use-classes.ts'
import { useScheduleText } from './image-cells.tsx'
import { DiskChoice } from './new-image-dialog.tsx'
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
  const [disk, setDisk] = useState<string | null>(
    source?.pvc === undefined ? null : `${source.pvc.namespace}/${source.pvc.name}`,
  )
  const [secret, setSecret] = useState(source?.registry?.secretRef ?? '')
  const [certificates, setCertificates] = useState(source?.registry?.certConfigMap ?? '')
  const [size, setSize] = useState(storage?.resources?.requests?.['storage'] ?? '')
  const [className, setClass] = useState<string | null>(storage?.storageClassName ?? null)
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
        : { kind: 'registry', url, secret, certificates }
      : disk === null
        ? undefined
        : { kind: 'pvc', namespace, name }
  const save = useMutation({
    async mutationFn() {
      if (wishSource === undefined) return
      const made = newFresh({
        namespace: place.namespace,
        name: row?.name ?? image,
        image,
        schedule,
        keep: Number(keep),
        size,
        source: wishSource,
        takesAlong,
        ...(className === null ? {} : { class: className }),
      })
      if (row === undefined || cron === undefined) await makeFresh(place.cluster, made)
      else await replaceFresh(row, withRest(made, cron))
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
    (typeof keep === 'number' ? undefined : t('fresh.noKeep'))
  return (
    <Dialog
      title={row === undefined ? t('images.add.fresh') : t('fresh.editTitle', { name: row.image })}
      size="large"
      onClose={onClose}
      actions={
        <Button kind="primary" reason={reason} busy={save.isPending} onClick={() => save.mutate()}>
          {t(row === undefined ? 'fresh.begin' : 'save')}
        </Button>
      }
    >
      <Stack>
        <p>{t('images.add.freshText')}</p>
        <Form columns={2}>
          <TextField
            label={t('builds.name')}
            value={image}
            error={nameError}
            readOnly={row !== undefined}
            data-autofocus
            onChange={(event) => setImage(event.currentTarget.value.trim())}
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
            <TextField
              label={t('images.address.registry')}
              inputWrapperOrder={[...helpBelow]}
              description={t('fresh.tagText')}
              placeholder="quay.io/containerdisks/debian:13"
              spellCheck={false}
              value={url}
              onChange={(event) => setUrl(event.currentTarget.value.trim())}
            />
          ) : (
            <DiskChoice cluster={place.cluster} value={disk} onChange={setDisk} />
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
          <TextField
            label={t('images.size')}
            inputWrapperOrder={[...helpBelow]}
            description={t('images.sizeText')}
            placeholder="10Gi"
            value={size}
            error={sizeError}
            onChange={(event) => setSize(event.currentTarget.value.trim())}
          />
          <ClassField classes={classes} value={className} onChange={setClass} />
          {from === 'registry' && (
            <>
              <TextField
                label={t('images.secret')}
                inputWrapperOrder={[...helpBelow]}
                description={t('images.secretText')}
                value={secret}
                onChange={(event) => setSecret(event.currentTarget.value.trim())}
              />
              <TextField
                label={t('images.certificates')}
                inputWrapperOrder={[...helpBelow]}
                description={t('images.certificatesText')}
                value={certificates}
                onChange={(event) => setCertificates(event.currentTarget.value.trim())}
              />
            </>
          )}
        </Form>
        <CheckboxField
          label={t('fresh.takesAlong')}
          checked={takesAlong}
          onChange={(event) => setTakesAlong(event.currentTarget.checked)}
        />
        {row !== undefined && (
          <Notice tone={loses ? 'attention' : 'info'}>{t(loses ? 'fresh.editLoses' : 'fresh.editText')}</Notice>
        )}
        {save.error !== null && <Problem title={t('images.notDone')} error={save.error} />}
      </Stack>
    </Dialog>
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
