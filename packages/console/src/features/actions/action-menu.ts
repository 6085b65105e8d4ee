/** The actions of a row as items of a menu: what its state rules out stays in its place and says why. */

import type { TFunction } from 'i18next'
import { actionsFor, type ActionId, type ActionSpec, type Row } from '@berth/view'
import { reasonWords } from './reason-words.ts'
import type { IconName, MenuItem } from '../../ui/index.ts'

export const actionIcons: Partial<Record<ActionId, IconName>> = {
  start: 'play',
  stop: 'stop',
  restart: 'restart',
  pause: 'pause',
  unpause: 'play',
  migrate: 'migrate',
  vnc: 'screen',
  console: 'console',
  edit: 'settings',
  snapshot: 'save',
  clone: 'copy',
  export: 'download',
  delete: 'remove',
}

function reasonOf(row: Row, action: ActionId, t: TFunction): string | undefined {
  const why = row.refused[action]
  return why === undefined ? undefined : reasonWords(t, why)
}

export interface MenuGroup {
  items: MenuItem[]
}

/** @param t of the namespace `actions` */
export function actionMenu(row: Row, t: TFunction, onSelect: (action: ActionId) => void): MenuGroup[] {
  const itemOf = ({ id, danger }: ActionSpec): MenuItem => ({
    id,
    label: t(`action.${id}`),
    ...(actionIcons[id] === undefined ? {} : { icon: actionIcons[id] }),
    reason: reasonOf(row, id, t),
    danger: danger === 'destroys',
    onSelect: () => onSelect(id),
  })
  const actions = actionsFor(row.kind)
  const part = (belongs: (action: ActionSpec) => boolean): MenuGroup => ({ items: actions.filter(belongs).map(itemOf) })
  return [
    part(({ does, creates }) => does === 'opens' && creates === undefined),
    part(({ does, danger }) => does === 'subresource' && danger !== 'loses'),
    part(({ creates }) => creates !== undefined),
    part(({ does, danger }) => does === 'subresource' && danger === 'loses'),
    part(({ does }) => does === 'delete'),
  ]
}
