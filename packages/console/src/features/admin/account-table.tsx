import type { TFunction } from 'i18next'
import type { AccountInfo, AccountRole } from '@berth/view'
import { useFormat, useMessages, type Format } from '../../i18n/index.ts'
import { Buttons, IconButton, SelectField, Table, type TableColumn } from '../../ui/index.ts'

export const roles: readonly AccountRole[] = ['administrator', 'operator', 'viewer']

export interface AccountTableProps {
  accounts: readonly AccountInfo[]
  /** Whose page this is: one does not take one's own rights away. */
  self: string
  onRole: (name: string, role: AccountRole) => void
  onLink: (name: string) => void
  onDelete: (account: AccountInfo) => void
}

export function AccountTable(props: AccountTableProps) {
  const t = useMessages('admin')
  const format = useFormat()
  return (
    <Table
      label={t('users.title')}
      items={props.accounts}
      keyOf={({ name }) => name}
      columns={columnsOf(props, t, format)}
    />
  )
}

function columnsOf(
  { self, onRole, onLink, onDelete }: AccountTableProps,
  t: TFunction,
  format: Format,
): TableColumn<AccountInfo>[] {
  return [
    { id: 'name', title: t('users.name'), cell: ({ name }) => name },
    {
      id: 'role',
      title: t('users.role'),
      width: '14rem',
      cell: ({ name, role }) =>
        name === self ? (
          t(`role.${role}`)
        ) : (
          <SelectField
            aria-label={t('users.roleOf', { name })}
            data={roles.map((value) => ({ value, label: t(`role.${value}`) }))}
            value={role}
            allowDeselect={false}
            onChange={(value) => {
              const chosen = roles.find((known) => known === value)
              if (chosen !== undefined && chosen !== role) onRole(name, chosen)
            }}
          />
        ),
    },
    {
      id: 'password',
      title: t('users.signIn'),
      cell: ({ hasPassword }) => t(hasPassword ? 'users.password' : 'users.linkOnly'),
    },
    { id: 'created', title: t('users.created'), cell: ({ created }) => format.time(created) },
    {
      id: 'actions',
      title: t('users.actions'),
      align: 'end',
      cell: (account) => (
        <Buttons>
          <IconButton icon="link" label={t('link.make', { name: account.name })} onClick={() => onLink(account.name)} />
          <IconButton
            icon="remove"
            label={t('delete.title', { name: account.name })}
            reason={account.name === self ? t('delete.self') : undefined}
            onClick={() => onDelete(account)}
          />
        </Buttons>
      ),
    },
  ]
}
