/** A new disk: empty, or filled from somewhere. Says whether it fits before it is made. */

import { useMutation, useQuery } from '@tanstack/react-query'
import { useMemo, useState, type ReactNode } from 'react'
import { dataVolumes, type DataSource } from '@berth/api'
import type { KubeObject } from '@berth/meta'
import {
  defaultClass,
  fitOn,
  isRetiredImage,
  newDisk,
  type ImageRow,
  type DiskSource,
  type DiskWish,
  type VolumeRow,
  type VolumeSnapshotObject,
} from '@berth/view'
import { clusterApi, clusterCalls, runRequest } from '../../../backend/index.ts'
import { useFormat, useMessages } from '../../../i18n/index.ts'
import {
  Button,
  Dialog,
  FieldGroup,
  Form,
  Notice,
  Problem,
  SelectField,
  Stack,
  TextField,
  showToast,
} from '../../../ui/index.ts'
import { helpBelow } from '../../create/help-below.ts'
import { askUpload } from '../../uploads/index.ts'
import { termFor } from '../../workloads/search/edit-query.ts'
import { bytesIn, isName, isQuantity, quantityOf } from '../names.ts'
import { kindOf, referenceTo } from '../references.ts'
import { useStorage } from '../list/use-storage.ts'
import { FitNote } from './fit-note.tsx'
import { usePlace, type Place } from './place-fields.tsx'
import { ClassField } from './class-field.tsx'
import { useClasses } from './use-classes.ts'

const kinds = ['blank', 'upload', 'http', 's3', 'registry', 'pvc', 'snapshot', 'image'] as const
type Kind = (typeof kinds)[number]

export interface NewDiskDialogProps {
  copyOf?: VolumeRow
  /** It is to be filled from this one. */
  image?: Pick<ImageRow, 'cluster' | 'namespace' | 'name' | 'size'>
  onClose: () => void
}

export function NewDiskDialog({ copyOf, image, onClose }: NewDiskDialogProps): ReactNode {
  const t = useMessages('storage')
  const format = useFormat()
  const { place, fields } = usePlace(
    copyOf === undefined ? undefined : { cluster: copyOf.cluster, namespace: copyOf.namespace },
    image?.cluster,
  )
  const [name, setName] = useState(copyOf === undefined ? '' : `${copyOf.name}-copy`)
  const [kind, setKind] = useState<Kind>(copyOf !== undefined ? 'pvc' : image === undefined ? 'blank' : 'image')
  const [typed, setSize] = useState<string>()
  // Of what it is a copy of: nothing smaller is possible.
  const [sourceBytes, setSourceBytes] = useState((copyOf ?? image)?.size)
  const size = typed ?? (sourceBytes === undefined ? '10Gi' : quantityOf(sourceBytes))
  const [className, setClass] = useState<string | null>(null)
  const [url, setUrl] = useState('')
  const [checksum, setChecksum] = useState('')
  const [secret, setSecret] = useState('')
  const [certificates, setCertificates] = useState('')
  const filler = copyOf ?? image
  const [from, setFrom] = useState<string | null>(filler === undefined ? null : `${filler.namespace}/${filler.name}`)
  const choose = (value: string | null, bytes: number | undefined): void => {
    setFrom(value)
    setSourceBytes(bytes)
  }
  const classes = useClasses(place.cluster)
  const of = className === null ? defaultClass(classes) : classes.find((each) => each.name === className)
  const bytes = bytesIn(size)
  const fit = fitOn(of, bytes ?? 0)
  const source = sourceOf(kind, { url, checksum, secret, certificates, from })
  const make = useMutation({
    mutationFn: async () => {
      if (source === undefined) throw new Error(t('disk.noSource'))
      const wish: DiskWish = {
        namespace: place.namespace,
        name,
        size,
        source,
        ...(className === null ? {} : { class: className }),
      }
      await runRequest(
        'create-disk',
        {
          target: referenceTo(kindOf.dataVolumes, { ...place, name }),
          calls: [clusterCalls.create(dataVolumes, newDisk(wish))],
        },
        'settled',
      )
    },
    onSuccess() {
      showToast({ text: t('disk.made', { name }), tone: 'success' })
      onClose()
    },
  })
  const nameError = name !== '' && !isName(name) ? t('form.badName') : undefined
  const sizeError = isQuantity(size) ? undefined : t('form.badSize')
  const reason =
    (name === '' ? t('form.noName') : nameError) ??
    sizeError ??
    (source === undefined ? t('disk.noSource') : undefined) ??
    (fit.kind === 'too-large'
      ? t('fit.tooLarge', { free: format.bytes(fit.free), missing: format.bytes(fit.missing) })
      : undefined)
  const web = kind === 'http' || kind === 's3' || kind === 'registry'
  return (
    <Dialog
      title={copyOf === undefined ? t('action.newDisk') : t('disk.copyTitle', { name: copyOf.name })}
      size="large"
      onClose={onClose}
      actions={
        <Button kind="primary" reason={reason} busy={make.isPending} onClick={() => make.mutate()}>
          {t('disk.make')}
        </Button>
      }
    >
      <Stack>
        <Form columns={2}>
          <TextField
            label={t('column.name')}
            value={name}
            error={nameError}
            data-autofocus
            onChange={(event) => setName(event.currentTarget.value.trim())}
          />
          {fields}
          <TextField
            label={t('column.size')}
            inputWrapperOrder={[...helpBelow]}
            description={t('form.sizeHint')}
            value={size}
            error={sizeError}
            onChange={(event) => setSize(event.currentTarget.value.trim())}
          />
          <ClassField classes={classes} value={className} onChange={setClass} />
        </Form>
        <FieldGroup legend={t('disk.content')}>
          <Stack>
            {copyOf === undefined && (
              <SelectField
                label={t('disk.from')}
                value={kind}
                data={kinds.map((value) => ({ value, label: t(`disk.kind.${value}`) }))}
                allowDeselect={false}
                onChange={(value) => {
                  if (value === 'upload') {
                    onClose()
                    askUpload({ name })
                    return
                  }
                  setKind(kinds.find((each) => each === value) ?? kind)
                  setFrom(null)
                  setSourceBytes(undefined)
                }}
              />
            )}
            {web && (
              <Form columns={2}>
                <TextField
                  label={t(kind === 'registry' ? 'disk.image' : 'disk.url')}
                  placeholder={t(`disk.example.${kind}`)}
                  value={url}
                  onChange={(event) => setUrl(event.currentTarget.value.trim())}
                />
                {kind === 'http' && (
                  <TextField
                    label={t('disk.checksum')}
                    inputWrapperOrder={[...helpBelow]}
                    description={t('disk.checksumHint')}
                    value={checksum}
                    onChange={(event) => setChecksum(event.currentTarget.value.trim())}
                  />
                )}
                <TextField
                  label={t('disk.secret')}
                  inputWrapperOrder={[...helpBelow]}
                  description={t(`disk.secretHint.${kind}`)}
                  value={secret}
                  onChange={(event) => setSecret(event.currentTarget.value.trim())}
                />
                <TextField
                  label={t('disk.certificates')}
                  inputWrapperOrder={[...helpBelow]}
                  description={t('disk.certificatesHint')}
                  value={certificates}
                  onChange={(event) => setCertificates(event.currentTarget.value.trim())}
                />
              </Form>
            )}
            {kind === 'pvc' && copyOf === undefined && <DiskChoice place={place} value={from} onChange={choose} />}
            {(kind === 'snapshot' || kind === 'image') && (
              <ObjectChoice kind={kind} place={place} value={from} onChange={choose} />
            )}
            {kind !== 'blank' && <Notice>{t('disk.filled')}</Notice>}
          </Stack>
        </FieldGroup>
        {bytes !== undefined && <FitNote fit={fit} />}
        {make.error !== null && <Problem title={t('disk.failed')} error={make.error} />}
      </Stack>
    </Dialog>
  )
}

function sourceOf(
  kind: Kind,
  given: { url: string; checksum: string; secret: string; certificates: string; from: string | null },
): DiskSource | undefined {
  const { url, checksum, secret, certificates, from } = given
  switch (kind) {
    case 'blank':
      return { kind }
    // It has a dialog of its own, and is never stayed with here.
    case 'upload':
      return undefined
    case 'http':
    case 's3':
      return /^(https?|s3):\/\/[^/]/.test(url) ? { kind, url, checksum, secret, certificates } : undefined
    case 'registry':
      return url === '' ? undefined : { kind, url, secret, certificates }
    case 'pvc':
    case 'snapshot':
    case 'image': {
      const [namespace, name] = (from ?? '').split('/')
      return namespace === undefined || name === undefined ? undefined : { kind, namespace, name }
    }
  }
}

interface ChoiceProps {
  place: Place
  value: string | null
  /** With its size, as far as it is known. */
  onChange: (value: string | null, bytes: number | undefined) => void
}

/** Disks of the cluster, with their sizes; of another namespace only where that is allowed. */
function DiskChoice({ place, value, onChange }: ChoiceProps): ReactNode {
  const t = useMessages('storage')
  const format = useFormat()
  const { cluster } = place
  const request = useMemo(
    () => ({
      table: 'volumes' as const,
      query: `${termFor('cluster', cluster)} status:Bound`,
      sort: [{ column: 'namespace' }],
      from: 0,
      count: 500,
    }),
    [cluster],
  )
  const { rows } = useStorage<'volumes'>(request)
  return (
    <SelectField
      label={t('disk.source')}
      value={value}
      placeholder={t(rows.length === 0 ? 'disk.noDisks' : 'disk.choose')}
      data={rows.map((row) => ({
        value: `${row.namespace}/${row.name}`,
        label: `${row.namespace}/${row.name}${row.size === undefined ? '' : ` (${format.bytes(row.size)})`}`,
      }))}
      onChange={(chosen) => onChange(chosen, rows.find((row) => `${row.namespace}/${row.name}` === chosen)?.size)}
      searchable
    />
  )
}

function ObjectChoice({ kind, place, value, onChange }: ChoiceProps & { kind: 'snapshot' | 'image' }): ReactNode {
  const t = useMessages('storage')
  const format = useFormat()
  const { cluster, namespace } = place
  const { data, error } = useQuery({
    queryKey: ['k8s', cluster, kind, kind === 'snapshot' ? namespace : ''],
    queryFn: async ({ signal }) =>
      kind === 'snapshot'
        ? clusterApi(cluster).list<VolumeSnapshotObject>(kindOf.volumeSnapshots, { namespace, signal })
        : clusterApi(cluster).list<DataSource>(kindOf.dataSources, { signal }),
    retry: false,
  })
  const offered = (data?.items ?? []).filter((object) => !isRetiredImage(object))
  const sizes = new Map(offered.map((object) => [nameOf(object), restoreSize(object)]))
  const names = [...sizes.keys()]
  return (
    <>
      <SelectField
        label={t(`disk.kind.${kind}`)}
        value={value}
        placeholder={t(names.length === 0 ? 'disk.noneThere' : 'disk.choose')}
        data={names.map((name) => {
          const bytes = sizes.get(name)
          return { value: name, label: bytes === undefined ? name : `${name} (${format.bytes(bytes)})` }
        })}
        onChange={(chosen) => onChange(chosen, sizes.get(chosen ?? ''))}
        searchable
      />
      {error !== null && <Problem title={t('disk.listFailed')} error={error} />}
    </>
  )
}

const nameOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name ?? ''}`

/** In bytes: what is made of it has at least that size. */
function restoreSize(object: VolumeSnapshotObject | DataSource): number | undefined {
  const size = object.status !== undefined && 'restoreSize' in object.status ? object.status.restoreSize : undefined
  return size === undefined ? undefined : bytesIn(size)
}
