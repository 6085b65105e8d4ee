/** Who may sign in here, and as what; the clusters this console shows. */

import { useState } from 'react'
import type { AccountInfo } from '@berth/view'
import { useSession } from '../../backend/index.ts'
import { useMessages } from '../../i18n/index.ts'
import {
  Button,
  ConfirmDialog,
  Empty,
  KeyValues,
  Page,
  Problem,
  Section,
  showToast,
  Skeleton,
  Stack,
} from '../../ui/index.ts'
import { AccountTable } from './account-table.tsx'
import { useAccountChanges, useAccounts } from './accounts.ts'
import { LinkDialog } from './link-dialog.tsx'
import { NewAccountDialog } from './new-account-dialog.tsx'
import { SessionsSection } from './sessions-section.tsx'

export function AdminPage() {
  const t = useMessages('admin')
  const session = useSession()
  return (
    <Page title={t('title')}>
      <Stack gap={4}>
        {session.admin ? (
          <Accounts />
        ) : (
          <Section title={t('users.title')}>
            <Empty icon="admin" title={t('users.forbidden')}>
              {t('users.askAdmin')}
            </Empty>
          </Section>
        )}
        <SessionsSection />
        <Section title={t('clusters.title')}>
          <KeyValues
            facts={session.clusters.map(({ name, state, message, kind }) => ({
              label: name,
              value: `${t(`clusters.${kind}`)} – ${message ?? t(`clusters.${state}`)}`,
            }))}
          />
        </Section>
        <Section title={t('about.title')}>
          <KeyValues
            facts={[
              { label: t('about.version'), value: session.version },
              { label: t('about.user'), value: session.user },
            ]}
          />
        </Section>
      </Stack>
    </Page>
  )
}

function Accounts() {
  const t = useMessages('admin')
  const { user } = useSession()
  const accounts = useAccounts(true)
  const { change, remove, link } = useAccountChanges()
  const [creating, setCreating] = useState(false)
  const [deleting, setDeleting] = useState<AccountInfo>()
  const [shown, setShown] = useState<{ name: string; link: string }>()
  const tell = (error: Error): void => showToast({ text: error.message, tone: 'danger' })
  return (
    <Section
      title={t('users.title')}
      actions={
        <Button icon="add" onClick={() => setCreating(true)}>
          {t('users.add')}
        </Button>
      }
    >
      {accounts.error !== null && (
        <Problem title={t('users.unread')} error={accounts.error} onRetry={() => void accounts.refetch()} />
      )}
      {accounts.isPending && <Skeleton lines={3} />}
      {accounts.data !== undefined && (
        <AccountTable
          accounts={accounts.data}
          // Accounts are known to clusters with this before their name.
          self={user.replace(/^local:/, '')}
          onRole={(name, role) => change.mutate({ name, role }, { onError: tell })}
          onLink={(name) =>
            link.mutate(name, { onError: tell, onSuccess: (answer) => setShown({ name, link: answer.link }) })
          }
          onDelete={setDeleting}
        />
      )}
      {creating && (
        <NewAccountDialog
          onClose={() => setCreating(false)}
          onCreated={(name) => {
            setCreating(false)
            link.mutate(name, { onError: tell, onSuccess: (answer) => setShown({ name, link: answer.link }) })
          }}
        />
      )}
      {shown !== undefined && <LinkDialog {...shown} onClose={() => setShown(undefined)} />}
      {deleting !== undefined && (
        <ConfirmDialog
          title={t('delete.title', { name: deleting.name })}
          confirm={t('delete.confirm')}
          danger
          busy={remove.isPending}
          onClose={() => setDeleting(undefined)}
          onConfirm={() => remove.mutate(deleting.name, { onError: tell, onSettled: () => setDeleting(undefined) })}
        >
          {t('delete.text')}
        </ConfirmDialog>
      )}
    </Section>
  )
}
