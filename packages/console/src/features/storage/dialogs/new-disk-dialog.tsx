/** A new disk: empty, or filled from somewhere. Says whether it fits before it is made. */

import { useMutation, useQuery } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { dataVolumes, type DataSource, type DataVolume } from '@berth/api'
import type { KubeObject } from '@berth/meta'
import {
  defaultClass,
  fitOn,
  isRetiredImage,
  newDisk,
  type ImageRow,
  type DiskSource,
  type VolumeRow,
} from '@berth/view'
import { clusterApi, clusterCalls, runRequest } from '../../../backend/index.ts'
import { useFormat, useMessages } from '../../../i18n/index.ts'
import {
  FieldGroup,
  Form,
  FormDialog,
  Notice,
  Problem,
  SelectField,
  Stack,
  WordField,
  showToast,
} from '../../../ui/index.ts'
import { askUpload } from '../../uploads/index.ts'
import { bytesIn, isName, isQuantity, quantityOf } from '../names.ts'
import { kindOf, referenceTo } from '../references.ts'
import { FitNote } from './fit-note.tsx'
import { usePlace } from './place-fields.tsx'
import { ClassField } from './class-field.tsx'
import { DiskChoice } from './disk-choice.tsx'
import { withAccess, type AccessNames } from './keep-access.ts'
import { useOfCluster } from './of-cluster.ts'
import { SnapshotChoice } from './snapshot-choice.tsx'
import { useSourceAccess } from './source-access.tsx'
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
  const [sourceBytes, setSourceBytes] = useOfCluster(place.cluster, (copyOf ?? image)?.size, undefined)
  const size = typed ?? (sourceBytes === undefined ? '10Gi' : quantityOf(sourceBytes))
  const [className, setClass] = useOfCluster<string | null>(place.cluster, null, null)
  const [url, setUrl] = useState('')
  const [checksum, setChecksum] = useState('')
  const web = kind === 'http' || kind === 's3' || kind === 'registry'
  const server = useSourceAccess(web ? kind : 'http')
  const filler = copyOf ?? image
  const [from, setFrom] = useOfCluster<string | null>(
    place.cluster,
    filler === undefined ? null : `${filler.namespace}/${filler.name}`,
    null,
  )
  const choose = (value: string | null, bytes: number | undefined): void => {
    setFrom(value)
    setSourceBytes(bytes)
  }
  const classes = useClasses(place.cluster)
  const of = className === null ? defaultClass(classes) : classes.find((each) => each.name === className)
  const bytes = bytesIn(size)
  const fit = fitOn(of, bytes ?? 0)
  const source = sourceOf(kind, { url, checksum, from })
  const make = useMutation({
    mutationFn: async () => {
      if (source === undefined) throw new Error(t('disk.noSource'))
      const disk = (names?: AccessNames): DataVolume =>
        newDisk({
          namespace: place.namespace,
          name,
          size,
          source: names !== undefined && 'url' in source ? { ...source, ...names } : source,
          ...(className === null ? {} : { class: className }),
        })
      const at = { ...place, name }
      const target = referenceTo(kindOf.dataVolumes, at)
      const ask = async (wanted: DataVolume): Promise<unknown> =>
        runRequest('create-disk', { target, calls: [clusterCalls.create(dataVolumes, wanted)] }, 'settled')
      await (web ? withAccess(server.access, at, async (names) => ask(disk(names)), target) : ask(disk()))
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
    (source === undefined ? t(web ? `disk.noAddress.${kind}` : 'disk.noSource') : undefined) ??
    (web ? server.reason : undefined) ??
    (fit.kind === 'too-large'
      ? t('fit.tooLarge', { free: format.bytes(fit.free), missing: format.bytes(fit.missing) })
      : undefined)
  return (
    <FormDialog
      title={copyOf === undefined ? t('action.newDisk') : t('disk.copyTitle', { name: copyOf.name })}
      size="large"
      confirm={t('disk.make')}
      reason={reason}
      work={make}
      failed={t('disk.failed')}
      onClose={onClose}
    >
      <Form columns={2}>
        <WordField label={t('column.name')} value={name} error={nameError} data-autofocus onWord={setName} />
        {fields}
        <WordField label={t('column.size')} help={t('form.sizeHint')} value={size} error={sizeError} onWord={setSize} />
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
              <WordField
                label={t(kind === 'registry' ? 'disk.containerImage' : 'disk.url')}
                help={kind === 'http' ? undefined : t(`disk.addressHint.${kind}`)}
                placeholder={t(`disk.example.${kind}`)}
                value={url}
                onWord={setUrl}
              />
              {kind === 'http' && (
                <WordField
                  label={t('disk.checksum')}
                  help={t('disk.checksumHint')}
                  value={checksum}
                  onWord={setChecksum}
                />
              )}
              {server.fields}
            </Form>
          )}
          {kind === 'pvc' && copyOf === undefined && (
            <DiskChoice cluster={place.cluster} value={from} onChange={choose} />
          )}
          {kind === 'snapshot' && <SnapshotChoice {...place} value={from} onChange={choose} />}
          {kind === 'image' && <ImageChoice cluster={place.cluster} value={from} onChange={choose} />}
          {kind !== 'blank' && <Notice>{t('disk.filled')}</Notice>}
        </Stack>
      </FieldGroup>
      {bytes !== undefined && <FitNote fit={fit} />}
    </FormDialog>
  )
}

function sourceOf(
  kind: Kind,
  { url, checksum, from }: { url: string; checksum: string; from: string | null },
): DiskSource | undefined {
  switch (kind) {
    case 'blank':
      return { kind }
    // It has a dialog of its own, and is never stayed with here.
    case 'upload':
      return undefined
    case 'http':
    case 's3':
      return /^(https?|s3):\/\/[^/]/.test(url) ? { kind, url, checksum } : undefined
    case 'registry':
      return url === '' ? undefined : { kind, url }
    case 'pvc':
    case 'snapshot':
    case 'image': {
      const [namespace, name] = (from ?? '').split('/')
      return namespace === undefined || name === undefined ? undefined : { kind, namespace, name }
    }
  }
}

/** Images that machines may be made from, of all namespaces. */
function ImageChoice({
  cluster,
  value,
  onChange,
}: {
  cluster: string
  value: string | null
  onChange: (value: string | null, bytes: number | undefined) => void
}): ReactNode {
  const t = useMessages('storage')
  const format = useFormat()
  const { data, error } = useQuery({
    queryKey: ['k8s', cluster, 'datasources'],
    queryFn: async ({ signal }) => clusterApi(cluster).list<DataSource>(kindOf.dataSources, { signal }),
    retry: false,
  })
  const offered = (data?.items ?? []).filter((object) => !isRetiredImage(object))
  const sizes = new Map(offered.map((object) => [nameOf(object), restoreSize(object)]))
  const names = [...sizes.keys()]
  return (
    <>
      <SelectField
        label={t('disk.image')}
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
function restoreSize({ status }: DataSource): number | undefined {
  const size = status !== undefined && 'restoreSize' in status ? status.restoreSize : undefined
  return typeof size === 'string' ? bytesIn(size) : undefined
}
