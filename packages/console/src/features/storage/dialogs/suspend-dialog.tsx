/** Lets a policy rest, or go on. */

import { useMutation } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { PolicyRow, SnapshotPolicyObject } from '@berth/view'
import { clusterApi, clusterCalls, runRequest } from '../../../backend/index.ts'
import { useMessages } from '../../../i18n/index.ts'
import { ConfirmDialog, Problem, Stack, showToast } from '../../../ui/index.ts'
import { kindOf, referenceTo } from '../references.ts'

export function SuspendDialog({ row, onClose }: { row: PolicyRow; onClose: () => void }): ReactNode {
  const t = useMessages('storage')
  const target = referenceTo(kindOf.policies, row)
  const word = t(row.suspended ? 'action.resume' : 'action.suspend')
  const change = useMutation({
    mutationFn: async () => {
      const policy = await clusterApi(row.cluster).get<SnapshotPolicyObject>(target)
      const next = { ...policy, spec: { ...policy.spec, suspend: !row.suspended } }
      await runRequest('edit-policy', { target, calls: [clusterCalls.update(target, next)] })
    },
    onSuccess() {
      showToast({ text: t('policy.saved', { name: row.name }), tone: 'success' })
      onClose()
    },
  })
  return (
    <ConfirmDialog
      title={`${word}: ${row.name}`}
      confirm={word}
      busy={change.isPending}
      onConfirm={() => change.mutate()}
      onClose={onClose}
    >
      <Stack>
        <p>{t(row.suspended ? 'policy.resumeText' : 'policy.suspendText')}</p>
        {change.error !== null && <Problem title={t('policy.failed')} error={change.error} />}
      </Stack>
    </ConfirmDialog>
  )
}
