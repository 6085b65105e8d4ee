/** What a file is to become. It is sent meanwhile, and goes on when the dialog is closed. */

import { useState, type ReactNode } from 'react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { diskFileEndings } from '@berth/view'
import { useFormat, useMessages } from '../../i18n/index.ts'
import { useGo } from '../../routes/navigation.tsx'
import { catalogueSectionPath } from '../../routes/paths.ts'
import { Button, Dialog, FileField, Problem, Skeleton, Stack, showToast } from '../../ui/index.ts'
import type { AskedUpload } from './asked.ts'
import { DiskForm } from './disk-form.tsx'
import { MachineForm } from './machine-form.tsx'
import type { FormProps, Ready } from './form-props.ts'
import { packed } from './pack-files.ts'
import { sendFile } from './sends.ts'
import { uploadsKey, wishFor } from './upload-calls.ts'
import styles from './uploads.module.css'
import { useContent } from './use-content.ts'

export function UploadDialog({ asked, onClose }: { asked: AskedUpload; onClose: () => void }): ReactNode {
  const t = useMessages('uploads')
  const format = useFormat()
  const client = useQueryClient()
  const go = useGo()
  const [files, setFiles] = useState<readonly File[]>(asked.files ?? [])
  const [state, setState] = useState<{ ready?: Ready; reason?: string }>({})
  const { info } = asked
  const content = useContent({ files, info })
  const file = packed(files)
  const fileName = info?.name ?? file?.name ?? ''
  const begin = useMutation({
    async mutationFn({ wish, sha256 }: Ready) {
      const id =
        info?.id ?? (file === undefined ? undefined : await sendFile(file, sha256 === undefined ? {} : { sha256 }))
      if (id === undefined) throw new Error(t('noFile'))
      await wishFor(id, wish)
    },
    onSuccess() {
      const href = catalogueSectionPath({ section: 'uploads' })
      if (info === undefined) {
        showToast({ text: t('begun', { name: fileName }), action: { label: t('show'), onSelect: () => go(href) } })
      }
      onClose()
    },
    onSettled: async () => client.invalidateQueries({ queryKey: uploadsKey }),
  })
  const onReady: FormProps['onReady'] = (ready, reason) =>
    setState({ ...(ready === undefined ? {} : { ready }), ...(reason === undefined ? {} : { reason }) })
  const reason = fileName === '' ? t('noFile') : content.data === undefined ? t('reading') : state.reason
  const form = { fileName, here: info !== undefined, onReady }
  return (
    <Dialog
      title={t('title')}
      size="large"
      onClose={onClose}
      actions={
        <Button
          kind="primary"
          icon="upload"
          reason={reason}
          busy={begin.isPending}
          onClick={() => state.ready !== undefined && begin.mutate(state.ready)}
        >
          {t(info === undefined ? 'begin' : 'make')}
        </Button>
      }
    >
      <Stack>
        {info === undefined ? (
          <FileField
            label={t('file')}
            description={t('fileHint')}
            accept={diskFileEndings.map((ending) => `.${ending}`)}
            multiple
            onChoose={setFiles}
          />
        ) : null}
        {fileName !== '' && (
          <p className={styles['muted']}>
            {t('chosen', { name: fileName, size: format.bytes(info?.size ?? file?.size ?? 0) })}
          </p>
        )}
        {content.error !== null && <Problem title={t('refused')} error={content.error} />}
        {content.isLoading && <Skeleton lines={3} />}
        {content.data !== undefined &&
          (content.data.package === undefined ? (
            <DiskForm
              key={fileName}
              {...form}
              header={content.data.header}
              {...(asked.name === undefined || asked.name === '' ? {} : { name: asked.name })}
              image={asked.image === true}
              wish={info?.wish?.kind === 'disk' ? info.wish : undefined}
            />
          ) : (
            <MachineForm
              key={fileName}
              {...form}
              found={content.data.package}
              wish={info?.wish?.kind === 'machine' ? info.wish : undefined}
            />
          ))}
        {begin.error !== null && <Problem title={t('failed')} error={begin.error} />}
      </Stack>
    </Dialog>
  )
}
