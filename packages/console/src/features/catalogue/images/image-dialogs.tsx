/** The dialog of whatever was asked for. */

import type { ReactNode } from 'react'
import type { BuildRow } from '@berth/view'
import { useMessages } from '../../../i18n/index.ts'
import { NewDiskDialog } from '../../storage/dialogs/new-disk-dialog.tsx'
import type { AskedImage } from './asked.ts'
import { BuildDialog } from './build-dialog.tsx'
import { cancelBuild, deleteBuild, endFresh } from './calls.ts'
import { ConfirmAction } from './confirm-action.tsx'
import { DeleteImageDialog } from './delete-image-dialog.tsx'
import { FreshDialog } from './fresh-dialog.tsx'
import { LogDialog } from './log-dialog.tsx'
import { NewImageDialog } from './new-image-dialog.tsx'
import { PublishDialog } from './publish-dialog.tsx'
import type { Images } from './use-images.ts'

export interface ImageDialogsProps {
  asked: AskedImage
  images: Images
  onClose: () => void
}

export function ImageDialogs({ asked, images, onClose }: ImageDialogsProps): ReactNode {
  const t = useMessages('catalogue')
  switch (asked.kind) {
    case 'new':
      return <NewImageDialog from={asked.from} images={images} onClose={onClose} />
    case 'build':
      return <BuildDialog asked={asked} images={images} onClose={onClose} />
    case 'fresh':
      return <FreshDialog images={images} onClose={onClose} {...(asked.row === undefined ? {} : { row: asked.row })} />
    case 'disk':
      return <NewDiskDialog image={asked.row} onClose={onClose} />
    case 'publish':
      return <PublishDialog row={asked.row} images={images} onClose={onClose} />
    case 'delete':
      return <DeleteImageDialog rows={[asked.row]} head={asked.head} onClose={onClose} />
    case 'delete-all': {
      const { head, versions } = asked.group
      return <DeleteImageDialog rows={[head, ...versions.filter(({ key }) => key !== head.key)]} onClose={onClose} />
    }
    case 'end-fresh': {
      const { row } = asked
      return (
        <ConfirmAction
          title={t('fresh.endTitle', { name: row.image })}
          confirm={t('fresh.end')}
          done={t('fresh.ended', { name: row.image })}
          act={async () => endFresh(row)}
          onClose={onClose}
        >
          <p>
            {t(row.takesAlong ? 'fresh.endTakes' : 'fresh.endLeaves', { count: row.imports.length, name: row.image })}
          </p>
          <p>{t('fresh.endAccess')}</p>
        </ConfirmAction>
      )
    }
    case 'log': {
      // As it is now, not as it was when it was asked for.
      const now: BuildRow = images.builds.find(({ key }) => key === asked.row.key) ?? asked.row
      return <LogDialog row={now} onClose={onClose} />
    }
    case 'cancel': {
      const { row } = asked
      return (
        <ConfirmAction
          title={t('builds.cancelTitle', { name: row.image })}
          confirm={t('builds.cancel')}
          done={t('builds.cancelled', { name: row.image })}
          act={async () => cancelBuild(row)}
          onClose={onClose}
        >
          <p>{t('builds.cancelText')}</p>
        </ConfirmAction>
      )
    }
    case 'forget': {
      const { row } = asked
      return (
        <ConfirmAction
          title={t('builds.forgetTitle', { name: row.name })}
          confirm={t('builds.forget')}
          done={t('builds.forgotten')}
          act={async () => deleteBuild(row)}
          onClose={onClose}
        >
          <p>{t('builds.forgetText')}</p>
        </ConfirmAction>
      )
    }
  }
}
