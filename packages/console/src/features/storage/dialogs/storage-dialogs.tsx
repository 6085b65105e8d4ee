/** The dialog of whatever was asked for; each is loaded when it is needed. */

import { lazy, Suspense, type ReactNode } from 'react'
import type { Asked } from '../row-actions.ts'

const NewDiskDialog = lazy(async () => ({ default: (await import('./new-disk-dialog.tsx')).NewDiskDialog }))
const ExpandDialog = lazy(async () => ({ default: (await import('./expand-dialog.tsx')).ExpandDialog }))
const RetryDialog = lazy(async () => ({ default: (await import('./retry-dialog.tsx')).RetryDialog }))
const DeleteDialog = lazy(async () => ({ default: (await import('./delete-dialog.tsx')).DeleteDialog }))
const RestoreDialog = lazy(async () => ({ default: (await import('./restore-dialog.tsx')).RestoreDialog }))
const CloneDialog = lazy(async () => ({ default: (await import('./clone-dialog.tsx')).CloneDialog }))
const ExportDialog = lazy(async () => ({ default: (await import('./export-dialog.tsx')).ExportDialog }))
const PolicyDialog = lazy(async () => ({ default: (await import('./policy-dialog.tsx')).PolicyDialog }))
const SuspendDialog = lazy(async () => ({ default: (await import('./suspend-dialog.tsx')).SuspendDialog }))

export interface StorageDialogsProps {
  asked: Asked
  onClose: () => void
  /** It is under way: what was chosen is done with. */
  onDone?: () => void
}

export function StorageDialogs(props: StorageDialogsProps): ReactNode {
  return (
    <Suspense>
      <Chosen {...props} />
    </Suspense>
  )
}

function Chosen({ asked, onClose, onDone }: StorageDialogsProps): ReactNode {
  switch (asked.kind) {
    case 'new-disk':
      return <NewDiskDialog onClose={onClose} />
    case 'copy':
      return <NewDiskDialog copyOf={asked.row} onClose={onClose} />
    case 'expand':
      return <ExpandDialog {...asked.row} onClose={onClose} />
    case 'retry':
      return <RetryDialog row={asked.row} onClose={onClose} />
    case 'delete':
      return <DeleteDialog rows={asked.rows} onClose={onClose} {...(onDone === undefined ? {} : { onDone })} />
    case 'restore':
      return <RestoreDialog row={asked.row} onClose={onClose} />
    case 'clone-snapshot': {
      const { cluster, namespace, name } = asked.row
      return (
        <CloneDialog
          cluster={cluster}
          namespace={namespace}
          source={{ kind: 'VirtualMachineSnapshot', name }}
          onClose={onClose}
        />
      )
    }
    case 'export':
      return (
        <ExportDialog cluster={asked.cluster} namespace={asked.namespace} source={asked.source} onClose={onClose} />
      )
    case 'new-policy':
      return <PolicyDialog onClose={onClose} />
    case 'edit-policy':
      return <PolicyDialog row={asked.row} onClose={onClose} />
    case 'suspend':
      return <SuspendDialog row={asked.row} onClose={onClose} />
  }
}
