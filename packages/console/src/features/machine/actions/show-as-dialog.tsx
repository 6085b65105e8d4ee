/** Every action on this machine as one would type it, and the machine itself as YAML. */

import { useState } from 'react'
import { actionsFor, callsOf, showAs, writeYaml, writtenPart, type ActionId, type ShownAs } from '@berth/view'
import { useSession } from '../../../backend/index.ts'
import { useMessages } from '../../../i18n/index.ts'
import { CodeBlock, Dialog, SelectField, Stack, Tabs } from '../../../ui/index.ts'
import { instanceReference, machineReference } from '../machine-target.ts'
import type { LiveMachine } from '../use-machine.ts'

const tools = ['berth', 'kubectl', 'virtctl', 'api', 'yaml'] as const
type Tool = (typeof tools)[number]

export function ShowAsDialog({ live, onClose }: { live: LiveMachine; onClose: () => void }) {
  const t = useMessages('machine')
  const { command } = useSession()
  const [tool, setTool] = useState<Tool>('berth')
  const target = live.standalone ? instanceReference(live.target) : machineReference(live.target)
  const actions = actionsFor(live.standalone ? 'VirtualMachineInstance' : 'VirtualMachine').filter(
    (action) => callsOf(action, target).length > 0,
  )
  const [chosen, setChosen] = useState<ActionId>(actions[0]?.id ?? 'delete')
  const action = actions.find(({ id }) => id === chosen)
  const shown: Partial<ShownAs> = action === undefined ? {} : showAs(action, target, { command })
  const text = tool === 'yaml' ? writeYaml(writtenPart(live.machine)) : shown[tool]
  return (
    <Dialog
      title={t('showAs.title', { name: live.target.name })}
      onClose={onClose}
      size="large"
      closeWord={t('ui:close')}
    >
      <Stack>
        <Tabs
          label={t('showAs.open')}
          tabs={tools.map((id) => ({ id, label: t(`showAs.${id}`) }))}
          current={tool}
          onChange={(id) => setTool(tools.find((each) => each === id) ?? 'berth')}
        >
          <Stack>
            {tool !== 'yaml' && (
              <SelectField
                label={t('showAs.action')}
                value={chosen}
                data={actions.map(({ id }) => ({ value: id, label: t(`actions:action.${id}`) }))}
                onChange={(id) => setChosen(actions.find((each) => each.id === id)?.id ?? chosen)}
                allowDeselect={false}
              />
            )}
            {text === undefined ? <p>{t('showAs.none')}</p> : <CodeBlock text={text} label={t(`showAs.${tool}`)} />}
          </Stack>
        </Tabs>
      </Stack>
    </Dialog>
  )
}
