/** The buttons of a machine's header: the ones of everyday, and a menu with all. What the state rules out is greyed and says why. */

import { useState } from 'react'
import { actionsFor, actionOf, type ActionId, type ActionSpec } from '@berth/view'
import { useMessages } from '../../../i18n/index.ts'
import { Button, Buttons, IconButton, Menu, type MenuItem } from '../../../ui/index.ts'
import { actionIcons, reasonWords } from '../../actions/index.ts'
import type { LiveMachine } from '../use-machine.ts'
import type { MachineActions } from './use-action.tsx'
import { ShowAsDialog } from './show-as-dialog.tsx'

const everyday: readonly ActionId[] = ['start', 'stop', 'restart', 'pause']

/** Forms of what is made of a machine stand with what is made at once. */
const kindOfItem = ({ does, creates }: ActionSpec): ActionSpec['does'] => (creates === undefined ? does : 'creates')

export function MachineButtons({ live, actions }: { live: LiveMachine; actions: MachineActions }) {
  const t = useMessages('machine')
  const [showing, setShowing] = useState(false)
  const all = actionsFor(live.standalone ? 'VirtualMachineInstance' : 'VirtualMachine')
  const has = (id: ActionId): boolean => all.some((action) => action.id === id)
  const paused = live.refused.unpause === undefined && has('unpause')
  const shown = everyday.filter(has).map((id) => (id === 'pause' && paused ? 'unpause' : id))
  const reasonOf = (id: ActionId): string | undefined => {
    const why = live.refused[id]
    return why === undefined ? undefined : reasonWords(t, why)
  }
  const itemOf = (id: ActionId): MenuItem => ({
    id,
    label: t(`actions:action.${id}`),
    ...(actionIcons[id] === undefined ? {} : { icon: actionIcons[id] }),
    reason: reasonOf(id),
    danger: actionOf(id).danger === 'destroys',
    onSelect: () => actions.act(id),
  })
  const rest = all.filter(({ id }) => !shown.includes(id) && id !== 'pause' && id !== 'unpause' && id !== 'edit')
  const part = (does: string, loses?: boolean): MenuItem[] =>
    rest
      .filter((action) => kindOfItem(action) === does && (loses === undefined || (action.danger === 'loses') === loses))
      .map(({ id }) => itemOf(id))
  return (
    <>
      <Buttons>
        {shown.map((id) => (
          <Button
            key={id}
            {...(actionIcons[id] === undefined ? {} : { icon: actionIcons[id] })}
            reason={reasonOf(id)}
            busy={actions.busy === id}
            onClick={() => actions.act(id)}
          >
            {t(`actions:action.${id}`)}
          </Button>
        ))}
        <Menu
          label={t('actions:more')}
          align="end"
          groups={[
            { items: part('opens') },
            { items: part('subresource', false) },
            { items: part('creates') },
            { items: part('subresource', true) },
            { items: [{ id: 'show-as', label: t('showAs.open'), icon: 'code', onSelect: () => setShowing(true) }] },
            { items: part('delete') },
          ]}
        >
          <IconButton icon="more" label={t('actions:more')} kind="default" aria-haspopup="menu" />
        </Menu>
      </Buttons>
      {showing && <ShowAsDialog live={live} onClose={() => setShowing(false)} />}
      {actions.dialog}
    </>
  )
}
