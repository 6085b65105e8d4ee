/** Makes a disk larger; a guest that runs is told of it. */

import { useMutation } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import type { KubeObject } from '@berth/meta'
import { fitOn, type VolumeRow } from '@berth/view'
import { clusterApi, clusterCalls, runRequest } from '../../../backend/index.ts'
import { useFormat, useMessages } from '../../../i18n/index.ts'
import { Button, Dialog, Notice, Problem, Stack, TextField, showToast, helpBelow } from '../../../ui/index.ts'
import { bytesIn, quantityOf } from '../names.ts'
import { kindOf, referenceTo } from '../references.ts'
import { FitNote } from './fit-note.tsx'
import { useClasses } from './use-classes.ts'

type Claim = KubeObject & { spec: { resources?: { requests?: Record<string, string> } } }

export type ExpandDialogProps = Pick<VolumeRow, 'cluster' | 'namespace' | 'name' | 'size' | 'class' | 'users'> & {
  onClose: () => void
}

export function ExpandDialog({
  cluster,
  namespace,
  name,
  size = 0,
  class: className,
  users,
  onClose,
}: ExpandDialogProps): ReactNode {
  const t = useMessages('storage')
  const format = useFormat()
  const [text, setText] = useState(quantityOf(size * 2 === 0 ? 2 ** 30 : size * 2))
  const of = useClasses(cluster).find((each) => each.name === className)
  const bytes = bytesIn(text)
  const more = (bytes ?? 0) - size
  const fit = fitOn(of, Math.max(0, more))
  const target = referenceTo(kindOf.claims, { cluster, namespace, name })
  const grow = useMutation({
    mutationFn: async () => {
      const claim = await clusterApi(cluster).get<Claim>(target)
      const resources = { ...claim.spec.resources, requests: { ...claim.spec.resources?.requests, storage: text } }
      const call = clusterCalls.update(target, { ...claim, spec: { ...claim.spec, resources } })
      await runRequest('expand-disk', { target, calls: [call] }, 'settled')
    },
    onSuccess() {
      showToast({ text: t('expand.started', { name }), tone: 'success' })
      onClose()
    },
  })
  const error =
    bytes === undefined
      ? t('form.badSize')
      : more <= 0
        ? t('expand.onlyLarger', { size: format.bytes(size) })
        : undefined
  const running = users.filter((user) => user.running)
  return (
    <Dialog
      title={t('expand.title', { name })}
      size="small"
      onClose={onClose}
      actions={
        <Button
          kind="primary"
          reason={
            error ??
            (fit.kind === 'too-large'
              ? t('fit.tooLarge', { free: format.bytes(fit.free), missing: format.bytes(fit.missing) })
              : undefined)
          }
          busy={grow.isPending}
          onClick={() => grow.mutate()}
        >
          {t('action.expand')}
        </Button>
      }
    >
      <Stack>
        <TextField
          label={t('expand.newSize')}
          inputWrapperOrder={[...helpBelow]}
          description={t('expand.now', { size: format.bytes(size) })}
          value={text}
          error={error}
          data-autofocus
          onChange={(event) => setText(event.currentTarget.value.trim())}
        />
        {error === undefined && <FitNote fit={fit} />}
        <Notice>
          {running.length === 0
            ? t('expand.off')
            : t('expand.running', { name: running.map((user) => user.name).join(', ') })}
        </Notice>
        {grow.error !== null && <Problem title={t('expand.failed')} error={grow.error} />}
      </Stack>
    </Dialog>
  )
}
