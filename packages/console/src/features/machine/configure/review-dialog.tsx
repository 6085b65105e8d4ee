/** What is saved, beside what is there now; then saves, and merges when somebody was quicker. */

import { useMutation } from '@tanstack/react-query'
import type { Json, KubeObject } from '@berth/meta'
import { draftChanges, draftObject, effectOfChange, merged, type Draft, type EffectContext } from '@berth/view'
import { BackendError, clusterApi, clusterCalls, runRequest } from '../../../backend/index.ts'
import { useMessages } from '../../../i18n/index.ts'
import { Button, Dialog, Notice, Problem, Stack, showToast } from '../../../ui/index.ts'
import { machineReference, type MachineTarget } from '../machine-target.ts'
import { ChangesTable } from './changes-table.tsx'
import type { MachineDraft } from './use-draft.ts'

/** The status is written while one saves; who loses so often against it is told. */
const mostTries = 4

export function ReviewDialog({
  target,
  machineDraft,
  effects,
  onClose,
}: {
  target: MachineTarget
  machineDraft: MachineDraft
  effects: EffectContext
  onClose: () => void
}) {
  const t = useMessages('machine')
  const { draft } = machineDraft
  const changes = draftChanges(draft)
  const before: Json = draft.base
  const effectOf = (change: (typeof changes)[number]): ReturnType<typeof effectOfChange> =>
    effectOfChange(change, { before, changes, context: effects })
  const restart = changes.some((change) => effectOf(change) === 'restart')
  const save = useMutation({
    mutationFn: async () => saved(target, draft),
    onSuccess(object) {
      machineDraft.saved(object)
      showToast({ text: t('configure.saved', { name: target.name }), tone: 'success' })
      onClose()
    },
  })
  return (
    <Dialog
      title={t('configure.reviewTitle', { name: target.name })}
      size="large"
      onClose={onClose}
      actions={
        <Button
          kind="primary"
          icon="save"
          busy={save.isPending}
          reason={machineDraft.conflict === undefined ? undefined : t('configure.mergeFirst')}
          onClick={() => save.mutate()}
        >
          {t('configure.save')}
        </Button>
      }
    >
      <Stack>
        {restart && <Notice tone="attention">{t('configure.needsRestart')}</Notice>}
        <ChangesTable label={t('configure.changes')} changes={changes} effectOf={effectOf} />
        {save.error !== null && <Problem title={t('configure.saveFailed')} error={save.error} />}
      </Stack>
    </Dialog>
  )
}

/** @throws {BackendError} also for a conflict that needs somebody's choice, which the page then shows */
async function saved(target: MachineTarget, draft: Draft): Promise<KubeObject> {
  const reference = machineReference(target)
  let now = draft
  for (let tries = 1; ; tries++) {
    const object = draftObject(now)
    if (object === undefined) throw new Error('The text is not YAML.')
    try {
      const call = clusterCalls.update(reference, object)
      return (await runRequest('edit', { target: reference, calls: [call] })) as KubeObject
    } catch (error) {
      if (!(error instanceof BackendError) || error.code !== 409 || tries === mostTries) throw error
      const again = merged(now, await clusterApi(target.cluster).get<KubeObject>(reference))
      if (again === undefined || again.conflicts.length > 0) throw error
      now = again.draft
    }
  }
}
