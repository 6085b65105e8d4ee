/** Saved views: shown, saved, removed. */

import { useState, type ReactNode } from 'react'
import { useMessages } from '../../../i18n/index.ts'
import { Button, Dialog, Menu, TextField } from '../../../ui/index.ts'
import { longestName, shownView, withoutView, withView, type SavedView } from './saved-views.ts'

export interface ViewsMenuProps {
  views: readonly SavedView[]
  /** What is shown now. */
  shown: Omit<SavedView, 'name'>
  onShow: (view: SavedView) => void
  onViews: (views: readonly SavedView[]) => void
  onMenu: (open: boolean) => void
}

export function ViewsMenu({ views, shown, onShow, onViews, onMenu }: ViewsMenuProps): ReactNode {
  const t = useMessages('workloads')
  const [saving, setSaving] = useState(false)
  const current = shownView(views, shown)
  return (
    <>
      <Menu
        label={t('views.label')}
        align="end"
        onChange={onMenu}
        groups={[
          {
            items: views.map((view) => ({
              id: `show ${view.name}`,
              label: view.name,
              ...(view.q === '' ? {} : { detail: view.q }),
              checked: view === current,
              onSelect: () => onShow(view),
            })),
          },
          {
            items: [
              { id: 'save', label: t('views.save'), icon: 'save', onSelect: () => setSaving(true) },
              ...(current === undefined
                ? []
                : [
                    {
                      id: 'remove',
                      label: t('views.remove', { name: current.name }),
                      icon: 'remove' as const,
                      onSelect: () => onViews(withoutView(views, current.name)),
                    },
                  ]),
            ],
          },
        ]}
      >
        <Button icon="save">{current?.name ?? t('views.label')}</Button>
      </Menu>
      {saving && (
        <SaveDialog
          views={views}
          onClose={() => setSaving(false)}
          onSave={(name) => {
            onViews(withView(views, { ...shown, name }))
            setSaving(false)
          }}
        />
      )}
    </>
  )
}

interface SaveDialogProps {
  views: readonly SavedView[]
  onSave: (name: string) => void
  onClose: () => void
}

function SaveDialog({ views, onSave, onClose }: SaveDialogProps): ReactNode {
  const t = useMessages('workloads')
  const [name, setName] = useState('')
  const wanted = name.trim()
  const replaces = views.some((view) => view.name === wanted)
  const reason = wanted === '' ? t('views.nameMissing') : undefined
  return (
    <Dialog
      title={t('views.save')}
      size="small"
      onClose={onClose}
      actions={
        <Button kind="primary" reason={reason} onClick={() => onSave(wanted)}>
          {t('views.keep')}
        </Button>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (reason === undefined) onSave(wanted)
        }}
      >
        <TextField
          label={t('views.name')}
          description={replaces ? t('views.replaces') : t('views.what')}
          value={name}
          maxLength={longestName}
          data-autofocus
          onChange={(event) => setName(event.currentTarget.value)}
        />
      </form>
    </Dialog>
  )
}
