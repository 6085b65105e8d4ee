/** Says whether what is asked for has room, while it is typed. */

import type { ReactNode } from 'react'
import type { Fit } from '@berth/view'
import { useFormat, useMessages } from '../../../i18n/index.ts'
import { Notice } from '../../../ui/index.ts'

export function FitNote({ fit }: { fit: Fit }): ReactNode {
  const t = useMessages('storage')
  const format = useFormat()
  switch (fit.kind) {
    case 'unknown':
      return null
    case 'fits':
      return <Notice tone="success">{t('fit.fits', { left: format.bytes(fit.left) })}</Notice>
    case 'over-commits':
      return (
        <Notice tone="attention">
          {t('fit.overCommits', { promised: format.bytes(fit.promised), total: format.bytes(fit.total) })}
        </Notice>
      )
    case 'too-large':
      return (
        <Notice tone="danger">
          {t('fit.tooLarge', { free: format.bytes(fit.free), missing: format.bytes(fit.missing) })}
        </Notice>
      )
  }
}
