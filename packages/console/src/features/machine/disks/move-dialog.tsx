/** Moves a disk of a machine to another class: that of a running one while its guest writes. */

import { useMutation } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { fitOn, nextDiskName, type VolumeRow } from '@berth/view'
import { useFormat, useMessages } from '../../../i18n/index.ts'
import { Button, Dialog, Form, Notice, Problem, SelectField, Stack, TextField, showToast } from '../../../ui/index.ts'
import { FitNote } from '../../storage/dialogs/fit-note.tsx'
import { useClassChoices } from '../../storage/dialogs/class-field.tsx'
import { useClasses } from '../../storage/dialogs/use-classes.ts'
import { isName, quantityOf } from '../../storage/names.ts'
import type { LiveMachine } from '../use-machine.ts'
import { moveDisk } from './disk-calls.ts'

export function MoveDialog({
  live,
  disk,
  volume,
  onClose,
}: {
  live: LiveMachine
  disk: string
  volume: VolumeRow
  onClose: () => void
}): ReactNode {
  const t = useMessages('machine')
  const words = useMessages('storage')
  const format = useFormat()
  const classes = useClasses(live.target.cluster)
  const others = classes.filter((each) => each.name !== volume.class)
  const [chosen, setChosen] = useState<string | null>(null)
  const [claim, setClaim] = useState(() => nextDiskName(volume.name))
  const to = classes.find((each) => each.name === chosen)
  const size = volume.size ?? 0
  const fit = fitOn(to, size)
  const move = useMutation({
    mutationFn: async () =>
      moveDisk(live, { volume: disk, claim, size: quantityOf(size), class: chosen ?? '', from: volume.name }),
    onSuccess() {
      showToast({ text: t('disks.moveBegun', { name: disk }), tone: 'success' })
      onClose()
    },
  })
  const nameError = isName(claim) && claim !== volume.name ? undefined : t('disks.badName')
  const reason =
    (chosen === null ? t('disks.moveChoose') : nameError) ??
    (fit.kind === 'too-large'
      ? words('fit.tooLarge', { free: format.bytes(fit.free), missing: format.bytes(fit.missing) })
      : undefined)
  return (
    <Dialog
      title={t('disks.moveTitle', { name: disk })}
      onClose={onClose}
      actions={
        <Button kind="primary" reason={reason} busy={move.isPending} onClick={() => move.mutate()}>
          {t('disks.move')}
        </Button>
      }
    >
      <Stack>
        <Form columns={2}>
          <SelectField
            label={t('disks.moveTo')}
            placeholder={volume.class ?? ''}
            value={chosen}
            data={useClassChoices(others)}
            onChange={setChosen}
          />
          <TextField
            label={t('disks.moveName')}
            value={claim}
            error={nameError}
            onChange={(event) => setClaim(event.currentTarget.value.trim())}
          />
        </Form>
        <Notice>
          {t(live.up ? 'disks.moveText' : 'disks.moveTextOff', { claim: volume.name, size: format.bytes(size) })}
        </Notice>
        {chosen !== null && <FitNote fit={fit} />}
        {move.error !== null && <Problem title={t('disks.failed')} error={move.error} />}
      </Stack>
    </Dialog>
  )
}
