/** An image from an address, a registry, a disk or a snapshot: the first version of a new one, or the next of one that is there. */

import { useMutation, useQuery } from '@tanstack/react-query'
import { useMemo, useState, type ReactNode } from 'react'
import { nextVersion } from '@berth/api'
import type { KubeObject } from '@berth/meta'
import { isImageName, type ImageWish } from '@berth/view'
import { clusterApi } from '../../../backend/index.ts'
import { useFormat, useMessages } from '../../../i18n/index.ts'
import { Button, Dialog, Form, Notice, Problem, SelectField, Stack, TextField, showToast } from '../../../ui/index.ts'
import { helpBelow } from '../../create/help-below.ts'
import { useStorage } from '../../storage/list/use-storage.ts'
import { isQuantity } from '../../storage/names.ts'
import { kindOf } from '../../storage/references.ts'
import { termFor } from '../../workloads/search/edit-query.ts'
import type { NewFrom } from './asked.ts'
import { makeImageFrom } from './calls.ts'
import { ClassField } from '../../storage/dialogs/class-field.tsx'
import { useClasses } from '../../storage/dialogs/use-classes.ts'
import { useImagePlace } from './place-field.tsx'
import { labelsOf } from './publish-dialog.tsx'
import type { Images } from './use-images.ts'

export function NewImageDialog({
  from,
  images,
  onClose,
}: {
  from: NewFrom
  images: Images
  onClose: () => void
}): ReactNode {
  const t = useMessages('catalogue')
  const { place, fields } = useImagePlace()
  const classes = useClasses(place.cluster)
  const [image, setImage] = useState('')
  const [description, setDescription] = useState('')
  const [address, setAddress] = useState('')
  const [checksum, setChecksum] = useState('')
  const [secret, setSecret] = useState('')
  const [certificates, setCertificates] = useState('')
  const [chosen, setChosen] = useState<string | null>(null)
  const [size, setSize] = useState('')
  const [className, setClass] = useState<string | null>(null)
  const web = from === 'http' || from === 'registry'
  const there = images.rows.filter(
    (row) => row.cluster === place.cluster && row.namespace === place.namespace && row.image === image,
  )
  const head = there.find(({ version }) => version === undefined)
  const version = nextVersion(there.map(labelsOf))
  const source = sourceOf(from, { address, checksum, secret, certificates, chosen })
  const make = useMutation({
    mutationFn: async () => {
      if (source === undefined) return
      const wish: ImageWish = {
        namespace: place.namespace,
        image,
        version,
        source,
        ...(size === '' ? {} : { size }),
        ...(className === null ? {} : { class: className }),
        ...(description === '' ? {} : { description }),
      }
      await makeImageFrom(place.cluster, wish, head)
    },
    onSuccess() {
      showToast({ text: t('images.making', { name: image }), tone: 'success' })
      onClose()
    },
  })
  const nameError =
    image === '' || isImageName(image)
      ? head !== undefined && head.follows === undefined
        ? t('images.nameTaken', { name: image })
        : undefined
      : t('builds.badName')
  const sizeError = size === '' || isQuantity(size) ? undefined : t('builds.badSize')
  const sumError =
    checksum === '' || /^(sha256|sha512|sha1|md5):[0-9a-f]+$/i.test(checksum) ? undefined : t('images.badSum')
  const reason =
    (image === '' ? t('builds.noName') : nameError) ??
    (source === undefined ? t(`images.noSource.${from}`) : undefined) ??
    (web && size === '' ? t('images.noSize') : sizeError) ??
    sumError
  return (
    <Dialog
      title={t(`images.add.${from}`)}
      size="large"
      onClose={onClose}
      actions={
        <Button kind="primary" reason={reason} busy={make.isPending} onClick={() => make.mutate()}>
          {t('images.make')}
        </Button>
      }
    >
      <Stack>
        <p>{t(`images.add.${from}Text`)}</p>
        <Form columns={2}>
          <TextField
            label={t('builds.name')}
            value={image}
            error={nameError}
            data-autofocus
            onChange={(event) => setImage(event.currentTarget.value.trim())}
          />
          {fields}
          {web && (
            <>
              <TextField
                label={t(`images.address.${from}`)}
                placeholder={from === 'http' ? 'https://' : 'quay.io/containerdisks/debian:13'}
                spellCheck={false}
                value={address}
                onChange={(event) => setAddress(event.currentTarget.value.trim())}
              />
              {from === 'http' && (
                <TextField
                  label={t('images.sum')}
                  inputWrapperOrder={[...helpBelow]}
                  description={t('images.sumText')}
                  placeholder="sha256:"
                  spellCheck={false}
                  value={checksum}
                  error={sumError}
                  onChange={(event) => setChecksum(event.currentTarget.value.trim())}
                />
              )}
            </>
          )}
          {from === 'pvc' && <DiskChoice cluster={place.cluster} value={chosen} onChange={setChosen} />}
          {from === 'snapshot' && <SnapshotChoice cluster={place.cluster} value={chosen} onChange={setChosen} />}
          <TextField
            label={t('images.size')}
            inputWrapperOrder={[...helpBelow]}
            description={t(web ? 'images.sizeText' : 'images.sizeOptional')}
            placeholder="10Gi"
            value={size}
            error={sizeError}
            onChange={(event) => setSize(event.currentTarget.value.trim())}
          />
          <ClassField classes={classes} value={className} onChange={setClass} />
          <TextField
            label={t('description')}
            value={description}
            onChange={(event) => setDescription(event.currentTarget.value)}
          />
          {web && (
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
        {image !== '' && nameError === undefined && (
          <Notice>
            {head === undefined
              ? t('images.firstVersion', { name: image })
              : t('images.becomesVersion', { name: image, version })}
          </Notice>
        )}
        {make.error !== null && <Problem title={t('images.notMade')} error={make.error} />}
      </Stack>
    </Dialog>
  )
}

function sourceOf(
  from: NewFrom,
  given: { address: string; checksum: string; secret: string; certificates: string; chosen: string | null },
): ImageWish['source'] | undefined {
  const { address, checksum, secret, certificates, chosen } = given
  const [namespace, name] = (chosen ?? '').split('/')
  switch (from) {
    case 'http':
      return /^https?:\/\/[^/]/.test(address)
        ? { kind: 'http', url: address, checksum, secret, certificates }
        : undefined
    case 'registry':
      return /^\S+$/.test(address) ? { kind: 'registry', url: address, secret, certificates } : undefined
    case 'pvc':
    case 'snapshot':
      return namespace === undefined || name === undefined ? undefined : { kind: from, namespace, name }
  }
}

interface ChoiceProps {
  cluster: string
  value: string | null
  onChange: (value: string | null) => void
}

export function DiskChoice({ cluster, value, onChange }: ChoiceProps): ReactNode {
  const t = useMessages('catalogue')
  const format = useFormat()
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
  const running = rows.find((row) => `${row.namespace}/${row.name}` === value)?.users.find((user) => user.running)
  return (
    <SelectField
      label={t('images.disk')}
      inputWrapperOrder={[...helpBelow]}
      description={running === undefined ? undefined : t('images.diskRuns', { name: running.name })}
      placeholder={t(rows.length === 0 ? 'images.noDisks' : 'images.choose')}
      value={value}
      searchable
      data={rows.map((row) => ({
        value: `${row.namespace}/${row.name}`,
        label: `${row.namespace}/${row.name}${row.size === undefined ? '' : ` (${format.bytes(row.size)})`}`,
      }))}
      onChange={onChange}
    />
  )
}

function SnapshotChoice({ cluster, value, onChange }: ChoiceProps): ReactNode {
  const t = useMessages('catalogue')
  const { data, error } = useQuery({
    queryKey: ['k8s', cluster, 'volumesnapshots', ''],
    queryFn: async ({ signal }) => clusterApi(cluster).list<KubeObject>(kindOf.volumeSnapshots, { signal }),
    retry: false,
  })
  const names = (data?.items ?? []).map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name ?? ''}`)
  return (
    <>
      <SelectField
        label={t('images.snapshot')}
        placeholder={t(names.length === 0 ? 'images.noSnapshots' : 'images.choose')}
        value={value}
        data={names}
        searchable
        onChange={onChange}
      />
      {error !== null && <Problem title={t('unreadable', { cluster })} error={error} />}
    </>
  )
}
