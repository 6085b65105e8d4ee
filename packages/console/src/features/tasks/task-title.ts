import type { TFunction } from 'i18next'
import { formActions, type Task } from '@berth/view'

const aboutStorage = /-(disk|snapshot|policy|export|image|fresh|build)$|^(restore|clone|export|import-machine)$/

/** `Stop: 3 machines`, `Start: web-1`. @param t of the namespace `tasks` */
export function taskTitle({ action, count, name }: Pick<Task, 'action' | 'count' | 'name'>, t: TFunction): string {
  const own = formActions.some((known) => known === action)
  const word = own ? t(`action.${action}`) : t(`actions:action.${action}`, { defaultValue: action })
  if (name !== undefined) return t('titleOne', { action: word, name })
  // What is not done to machines says itself what it is done to.
  return aboutStorage.test(action) ? t('titleCount', { action: word, count }) : t('titleMany', { action: word, count })
}
