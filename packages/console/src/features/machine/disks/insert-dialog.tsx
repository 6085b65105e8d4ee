/** Puts a disc into a CD drive. */

import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useFormat, useMessages } from '../../../i18n/index.ts'
import { Button, Dialog, Problem, Row, SelectField, Stack, showToast } from '../../../ui/index.ts'
import { askUpload } from '../../uploads/index.ts'
import type { LiveMachine } from '../use-machine.ts'
import { claimChoice } from './claim-choice.ts'
import { setDisc } from './disk-calls.ts'
import type { Claim } from './use-claims.ts'

export function InsertDialog({
  live,
  drive,
  claims,
  onClose,
}: {
  live: LiveMachine
  drive: string
  claims: readonly Claim[]
  onClose: () => void
}) {
  const t = useMessages('machine')
  const format = useFormat()
  const [claim, setClaim] = useState<string | null>(null)
  const insert = useMutation({
    mutationFn: async () => setDisc(live, drive, claim ?? undefined),
    onSuccess() {
      showToast({ text: t('disks.inserted', { name: drive }), tone: 'success' })
      onClose()
    },
  })
  return (
    <Dialog
      title={t('disks.insertTitle', { name: drive })}
      size="small"
      onClose={onClose}
      actions={
        <Button
          kind="primary"
          reason={claim === null ? t('disks.chooseClaim') : undefined}
          busy={insert.isPending}
          onClick={() => insert.mutate()}
        >
          {t('disks.insert')}
        </Button>
      }
    >
      <Stack>
        <SelectField
          label={t('disks.disc')}
          placeholder={t(claims.length === 0 ? 'disks.noClaims' : 'disks.chooseClaim')}
          value={claim}
          data={claims.flatMap((each) => claimChoice(each, format))}
          onChange={setClaim}
          searchable
        />
        <Row>
          <span>{t('disks.noDisc')}</span>
          <Button
            icon="upload"
            onClick={() => {
              onClose()
              askUpload({})
            }}
          >
            {t('disks.uploadDisc')}
          </Button>
        </Row>
        {insert.error !== null && <Problem title={t('disks.failed')} error={insert.error} />}
      </Stack>
    </Dialog>
  )
}
