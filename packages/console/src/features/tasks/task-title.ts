import type { TFunction } from 'i18next'
import { formActions, type Task } from '@berth/view'

/** `Stop: 3 machines`, `Start: web-1`. @param t of the namespace `tasks` */
export function taskTitle({ action, count, name }: Pick<Task, 'action' | 'count' | 'name'>, t: TFunction): string {
  const own = formActions.some((known) => known === action)
  const word = own ? t(`action.${action}`) : t(`actions:action.${action}`, { defaultValue: action })
  return name === undefined ? t('titleMany', { action: word, count }) : t('titleOne', { action: word, name })
}
