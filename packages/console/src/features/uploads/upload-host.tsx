/** Files that are dropped anywhere on the page, and the dialog that asks what becomes of them. */

import { lazy, Suspense, useEffect, useState } from 'react'
import { loadMessages, useMessages } from '../../i18n/index.ts'
import { Icon } from '../../ui/index.ts'
import { askUpload, closeUpload, useAskedUpload } from './asked.ts'
import styles from './uploads.module.css'

const UploadDialog = lazy(async () => {
  const [{ UploadDialog: dialog }] = await Promise.all([
    import('./upload-dialog.tsx'),
    loadMessages(['uploads', 'storage']),
  ])
  return { default: dialog }
})

export function UploadHost() {
  const t = useMessages('app')
  const over = useDroppedFiles()
  const asked = useAskedUpload()
  return (
    <>
      {over && (
        <div className={styles['drop']}>
          <div className={styles['dropText']}>
            <Icon name="upload" />
            {t('app:drop')}
          </div>
        </div>
      )}
      {asked !== undefined && (
        <Suspense>
          <UploadDialog asked={asked} onClose={closeUpload} />
        </Suspense>
      )}
    </>
  )
}

const hasFiles = ({ dataTransfer }: DragEvent): boolean => dataTransfer?.types.includes('Files') === true

/** @returns whether files are held over the page */
function useDroppedFiles(): boolean {
  const [over, setOver] = useState(false)
  useEffect(() => {
    const stop = new AbortController()
    const on = (type: 'dragenter' | 'dragover' | 'dragleave' | 'drop', listen: (event: DragEvent) => void): void =>
      window.addEventListener(type, listen, { signal: stop.signal })
    on('dragenter', (event) => hasFiles(event) && setOver(true))
    on('dragover', (event) => {
      // Somebody who takes files themselves has said so.
      if (hasFiles(event)) event.preventDefault()
    })
    // Leaving the window has no element it goes to.
    on('dragleave', (event) => event.relatedTarget === null && setOver(false))
    on('drop', (event) => {
      setOver(false)
      if (event.defaultPrevented || !hasFiles(event)) return
      event.preventDefault()
      const files = [...(event.dataTransfer?.files ?? [])]
      if (files.length > 0) askUpload({ files })
    })
    return () => stop.abort()
  }, [])
  return over
}
