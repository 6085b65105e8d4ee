/** An image from an address, a registry, a disk or a snapshot: the first version of a new one, or the next of one that is there. */

import { useMutation } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { nextVersion, versionName } from '@berth/api'
import { isImageName, type ImageWish } from '@berth/view'
import { useMessages } from '../../../i18n/index.ts'
import { Form, FormDialog, Notice, TextField, WordField, showToast } from '../../../ui/index.ts'
import { isQuantity } from '../../storage/names.ts'
import { kindOf, referenceTo } from '../../storage/references.ts'
import type { NewFrom } from './asked.ts'
import { makeImageFrom } from './calls.ts'
import { ClassField } from '../../storage/dialogs/class-field.tsx'
import { DiskChoice } from '../../storage/dialogs/disk-choice.tsx'
import { withAccess, type AccessNames } from '../../storage/dialogs/keep-access.ts'
import { useOfCluster } from '../../storage/dialogs/of-cluster.ts'
import { SnapshotChoice } from '../../storage/dialogs/snapshot-choice.tsx'
import { useSourceAccess } from '../../storage/dialogs/source-access.tsx'
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
  const server = useSourceAccess(from === 'registry' ? 'registry' : 'http')
  const [chosen, setChosen] = useOfCluster<string | null>(place.cluster, null, null)
  const [size, setSize] = useState('')
  const [className, setClass] = useOfCluster<string | null>(place.cluster, null, null)
  const web = from === 'http' || from === 'registry'
  const there = images.rows.filter(
    (row) => row.cluster === place.cluster && row.namespace === place.namespace && row.image === image,
  )
  const head = there.find(({ version }) => version === undefined)
  const version = nextVersion(there.map(labelsOf))
  const source = sourceOf(from, { address, checksum, chosen })
  const make = useMutation({
    mutationFn: async () => {
      if (source === undefined) return
      const wish = (names?: AccessNames): ImageWish => ({
        namespace: place.namespace,
        image,
        version,
        source: names !== undefined && 'url' in source ? { ...source, ...names } : source,
        ...(size === '' ? {} : { size }),
        ...(className === null ? {} : { class: className }),
        ...(description === '' ? {} : { description }),
      })
      // What is typed for it is named after its disk, and goes with that.
      const disk = { ...place, name: versionName(image, version) }
      const ask = async (wanted: ImageWish): Promise<void> => makeImageFrom(place.cluster, wanted, head)
      await (web
        ? withAccess(server.access, disk, async (names) => ask(wish(names)), referenceTo(kindOf.dataVolumes, disk))
        : ask(wish()))
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
    sumError ??
    (web ? server.reason : undefined)
  return (
    <FormDialog
      title={t(`images.add.${from}`)}
      size="large"
      confirm={t('images.make')}
      reason={reason}
      work={make}
      failed={t('images.notMade')}
      onClose={onClose}
    >
      <p>{t(`images.add.${from}Text`)}</p>
      <Form columns={2}>
        <WordField label={t('builds.name')} value={image} error={nameError} data-autofocus onWord={setImage} />
        {fields}
        {web && (
          <>
            <WordField
              label={t(`images.address.${from}`)}
              placeholder={from === 'http' ? 'https://' : 'quay.io/containerdisks/debian:13'}
              value={address}
              onWord={setAddress}
            />
            {from === 'http' && (
              <WordField
                label={t('images.sum')}
                help={t('images.sumText')}
                placeholder="sha256:"
                value={checksum}
                error={sumError}
                onWord={setChecksum}
              />
            )}
          </>
        )}
        {from === 'pvc' && (
          <DiskChoice
            cluster={place.cluster}
            value={chosen}
            onChange={setChosen}
            runs={(name) => t('images.diskRuns', { name })}
          />
        )}
        {from === 'snapshot' && <SnapshotChoice cluster={place.cluster} value={chosen} onChange={setChosen} />}
        <WordField
          label={t('images.size')}
          help={t(web ? 'images.sizeText' : 'images.sizeOptional')}
          placeholder="10Gi"
          value={size}
          error={sizeError}
          onWord={setSize}
        />
        <ClassField classes={classes} value={className} onChange={setClass} />
        <TextField
          label={t('description')}
          value={description}
          onChange={(event) => setDescription(event.currentTarget.value)}
        />
        {web && server.fields}
      </Form>
      {image !== '' && nameError === undefined && (
        <Notice>
          {head === undefined
            ? t('images.firstVersion', { name: image })
            : t('images.becomesVersion', { name: image, version })}
        </Notice>
      )}
    </FormDialog>
  )
}

function sourceOf(
  from: NewFrom,
  { address, checksum, chosen }: { address: string; checksum: string; chosen: string | null },
): ImageWish['source'] | undefined {
  const [namespace, name] = (chosen ?? '').split('/')
  switch (from) {
    case 'http':
      return /^https?:\/\/[^/]/.test(address) ? { kind: 'http', url: address, checksum } : undefined
    case 'registry':
      return /^\S+$/.test(address) ? { kind: 'registry', url: address } : undefined
    case 'pvc':
    case 'snapshot':
      return namespace === undefined || name === undefined ? undefined : { kind: from, namespace, name }
  }
}
