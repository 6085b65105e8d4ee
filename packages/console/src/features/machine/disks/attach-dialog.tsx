/** Attaches a disk: one that is there, or a new empty one. */

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { isDns1123Label, parseQuantity } from '@berth/meta'
import { defaultClass, fitOn } from '@berth/view'
import { useFormat, useMessages } from '../../../i18n/index.ts'
import {
  Button,
  CheckboxField,
  Dialog,
  Form,
  Notice,
  Problem,
  Segments,
  SelectField,
  Stack,
  TextField,
  showToast,
} from '../../../ui/index.ts'
import { FitNote } from '../../storage/dialogs/fit-note.tsx'
import { ClassField } from '../../storage/dialogs/class-field.tsx'
import { useClasses } from '../../storage/dialogs/use-classes.ts'
import { bytesIn } from '../../storage/names.ts'
import type { LiveMachine } from '../use-machine.ts'
import { attachDisk } from './disk-calls.ts'
import { diskRows } from './disk-rows.ts'
import { claimChoice } from './claim-choice.ts'
import type { Claim } from './use-claims.ts'

type Kind = 'new' | 'claim'
const buses = ['scsi', 'virtio'] as const

export function AttachDialog({
  live,
  claims,
  onClose,
}: {
  live: LiveMachine
  claims: readonly Claim[]
  onClose: () => void
}) {
  const t = useMessages('machine')
  const words = useMessages('storage')
  const format = useFormat()
  const client = useQueryClient()
  const { cluster, name: machine } = live.target
  const used = diskRows(live.machine, live.instance)
  const [kind, setKind] = useState<Kind>('new')
  const [claim, setClaim] = useState<string | null>(null)
  const [name, setName] = useState(() => freeName(used.map((disk) => disk.name)))
  const [size, setSize] = useState('10Gi')
  const [storageClass, setStorageClass] = useState<string | null>(null)
  const [bus, setBus] = useState<(typeof buses)[number]>('scsi')
  const [readonly, setReadonly] = useState(false)
  const classes = useClasses(cluster)
  const to = storageClass === null ? defaultClass(classes) : classes.find((each) => each.name === storageClass)
  const fit = fitOn(to, kind === 'new' ? (bytesIn(size) ?? 0) : 0)
  const attach = useMutation({
    mutationFn: async () =>
      attachDisk(live, {
        name,
        bus,
        readonly,
        source:
          kind === 'claim'
            ? { kind, claim: claim ?? '' }
            : { kind, claim: `${machine}-${name}`, size, storageClass: storageClass ?? undefined },
      }),
    async onSuccess() {
      showToast({ text: t('disks.attached', { name }), tone: 'success' })
      onClose()
      await client.invalidateQueries({ queryKey: ['k8s', cluster, 'persistentvolumeclaims'] })
    },
  })
  const nameError =
    isDns1123Label(name).length > 0
      ? t('disks.badName')
      : used.some((disk) => disk.name === name)
        ? t('disks.taken')
        : undefined
  const sizeError = kind === 'new' && !isQuantity(size) ? t('disks.badSize') : undefined
  const reason =
    nameError ??
    sizeError ??
    (kind === 'claim' && claim === null ? t('disks.chooseClaim') : undefined) ??
    (kind === 'new' && fit.kind === 'too-large'
      ? words('fit.tooLarge', { free: format.bytes(fit.free), missing: format.bytes(fit.missing) })
      : undefined)
  const free = claims.filter(({ metadata }) => !used.some((disk) => disk.claim === metadata.name))
  return (
    <Dialog
      title={t('disks.attachTitle', { name: machine })}
      onClose={onClose}
      actions={
        <Button kind="primary" reason={reason} busy={attach.isPending} onClick={() => attach.mutate()}>
          {t('disks.attach')}
        </Button>
      }
    >
      <Stack>
        <Segments
          label={t('disks.from')}
          value={kind}
          options={[
            { value: 'new', label: t('disks.newDisk') },
            { value: 'claim', label: t('disks.existing') },
          ]}
          onChange={setKind}
        />
        <Form columns={2}>
          <TextField
            label={t('disks.name')}
            value={name}
            error={nameError}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          {kind === 'new' ? (
            <>
              <TextField
                label={t('disks.size')}
                value={size}
                error={sizeError}
                onChange={(event) => setSize(event.currentTarget.value)}
              />
              <ClassField
                label={t('disks.storageClass')}
                classes={classes}
                value={storageClass}
                onChange={setStorageClass}
              />
            </>
          ) : (
            <SelectField
              label={t('disks.claim')}
              placeholder={t(free.length === 0 ? 'disks.noClaims' : 'disks.chooseClaim')}
              value={claim}
              data={free.flatMap((each) => claimChoice(each, format))}
              onChange={setClaim}
              searchable
            />
          )}
          <SelectField
            label={t('disks.bus')}
            value={bus}
            data={buses.map((value) => ({ value, label: t(`disks.busKind.${value}`) }))}
            onChange={(chosen) => setBus(buses.find((each) => each === chosen) ?? bus)}
            allowDeselect={false}
          />
        </Form>
        <CheckboxField
          label={t('disks.readonly')}
          checked={readonly}
          onChange={(event) => setReadonly(event.currentTarget.checked)}
        />
        <Notice>{t(live.running ? 'disks.attachLive' : 'disks.attachLater')}</Notice>
        {kind === 'new' && sizeError === undefined && <FitNote fit={fit} />}
        {attach.error !== null && <Problem title={t('disks.failed')} error={attach.error} />}
      </Stack>
    </Dialog>
  )
}

function freeName(taken: readonly string[]): string {
  for (let number = 1; ; number++) if (!taken.includes(`data${number}`)) return `data${number}`
}

function isQuantity(text: string): boolean {
  try {
    parseQuantity(text)
    return true
  } catch {
    return false
  }
}
