import { runStrategies } from '@berth/api'
import { useMessages } from '../../../i18n/index.ts'
import { Form, NumberField, Section, SelectField, Stack, TagsField, TextField, helpBelow } from '../../../ui/index.ts'
import type { StepProps } from '../step-props.ts'

export function PlacementStep({ wizard }: StepProps) {
  const t = useMessages('create')
  const { form } = wizard.state
  const words: Record<string, string> = {
    Always: t('placement.always'),
    Halted: t('placement.halted'),
    Manual: t('placement.manual'),
    RerunOnFailure: t('placement.rerun'),
    Once: t('placement.once'),
    WaitAsReceiver: t('placement.wait'),
  }
  return (
    <>
      <Section title={t('placement.life')}>
        <Form columns={2}>
          <SelectField
            label={t('placement.strategy')}
            allowDeselect={false}
            data={runStrategies
              .filter((strategy) => strategy !== 'WaitAsReceiver')
              .map((strategy) => ({ value: strategy, label: words[strategy] ?? strategy }))}
            value={form.runStrategy}
            onChange={(value) => {
              const runStrategy = runStrategies.find((strategy) => strategy === value)
              if (runStrategy !== undefined) wizard.change({ runStrategy })
            }}
          />
          <NumberField
            label={t('placement.grace')}
            inputWrapperOrder={[...helpBelow]}
            description={t('placement.graceText')}
            placeholder="180"
            min={0}
            value={form.graceSeconds}
            onChange={(value) => wizard.change({ graceSeconds: String(value) })}
          />
        </Form>
      </Section>
      <Section title={t('placement.where')}>
        <TagsField
          label={t('placement.nodes')}
          inputWrapperOrder={[...helpBelow]}
          description={t('placement.nodesText')}
          placeholder="kubernetes.io/hostname=node-1"
          value={form.nodeSelector}
          onChange={(nodeSelector) => wizard.change({ nodeSelector })}
        />
      </Section>
      <Section title={t('placement.marks')}>
        <Stack>
          <TextField
            label={t('placement.description')}
            value={form.description}
            onChange={(event) => wizard.change({ description: event.currentTarget.value })}
          />
          <TagsField
            label={t('placement.labels')}
            inputWrapperOrder={[...helpBelow]}
            description={t('placement.labelsText')}
            placeholder="app=web"
            value={form.labels}
            onChange={(labels) => wizard.change({ labels })}
          />
        </Stack>
      </Section>
    </>
  )
}
