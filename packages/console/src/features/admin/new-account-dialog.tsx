import { useState } from 'react'
import type { AccountRole } from '@berth/view'
import { useMessages } from '../../i18n/index.ts'
import { Button, Dialog, Problem, RadioField, Stack, TextField } from '../../ui/index.ts'
import { roles } from './account-table.tsx'
import { useAccountChanges } from './accounts.ts'

export function NewAccountDialog({ onClose, onCreated }: { onClose: () => void; onCreated: (name: string) => void }) {
  const t = useMessages('admin')
  const [name, setName] = useState('')
  const [role, setRole] = useState<AccountRole>('operator')
  const { create } = useAccountChanges()
  const submit = (): void => create.mutate({ name: name.trim(), role }, { onSuccess: () => onCreated(name.trim()) })
  return (
    <Dialog
      title={t('users.add')}
      size="small"
      onClose={onClose}
      actions={
        <Button
          kind="primary"
          busy={create.isPending}
          reason={name.trim() === '' ? t('users.nameFirst') : undefined}
          onClick={submit}
        >
          {t('users.create')}
        </Button>
      }
    >
      <Stack>
        {create.error !== null && <Problem title={t('users.refused')} error={create.error} />}
        <TextField
          label={t('users.name')}
          value={name}
          data-autofocus
          autoComplete="off"
          onChange={(event) => setName(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && name.trim() !== '') submit()
          }}
        />
        <RadioField
          label={t('users.role')}
          value={role}
          onChange={setRole}
          options={roles.map((value) => ({ value, label: t(`role.${value}`), description: t(`role.about.${value}`) }))}
        />
      </Stack>
    </Dialog>
  )
}
