/** The template's manifest as text, checked by the server before it is saved. */

import { templates, type VirtualMachineTemplate } from '@berth/api'
import type { StatusCause } from '@berth/meta'
import { draftObject, draftProblem, isDirty, openDraft, withText } from '@berth/view'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { BackendError, clusterCalls, runRequest } from '../../backend/index.ts'
import { useMessages } from '../../i18n/index.ts'
import { Button, Dialog, Problem, showToast, Stack } from '../../ui/index.ts'
import { ManifestEditor } from '../create/manifest-editor.tsx'

const noCauses: readonly StatusCause[] = []

export function EditTemplateDialog({
  cluster,
  template,
  onClose,
}: {
  cluster: string
  template: VirtualMachineTemplate
  onClose: () => void
}) {
  const t = useMessages('catalogue')
  const client = useQueryClient()
  const [draft, setDraft] = useState(() => openDraft(template))
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const problem = draftProblem(draft)
  const save = async (): Promise<void> => {
    const object = draftObject(draft)
    if (object === undefined) return
    setBusy(true)
    const { namespace = '', name = '' } = template.metadata
    const { group, version, resource } = templates
    const target = { cluster, group, version, resource, namespace, name }
    try {
      const call = clusterCalls.update(target, object)
      await runRequest('edit-template', { target, calls: [call] })
      await client.invalidateQueries({ queryKey: ['k8s', cluster] })
      showToast({ text: t('saved', { name: template.metadata.name ?? '' }), tone: 'success' })
      onClose()
    } catch (failure) {
      setError(failure)
      setBusy(false)
    }
  }
  return (
    <Dialog
      title={t('editTitle', { name: template.metadata.name ?? '' })}
      size="large"
      onClose={onClose}
      actions={
        <Button
          kind="primary"
          busy={busy}
          reason={problem !== undefined ? t('notYaml') : isDirty(draft) ? undefined : t('unchanged')}
          onClick={() => void save()}
        >
          {t('save')}
        </Button>
      }
    >
      <Stack>
        {error !== undefined && <Problem title={t('saveFailed')} error={error} />}
        <ManifestEditor
          label={t('manifest')}
          draft={draft}
          causes={error instanceof BackendError ? error.causes : noCauses}
          onChange={(text) => setDraft((before) => (before.text === text ? before : withText(before, text)))}
        />
      </Stack>
    </Dialog>
  )
}
