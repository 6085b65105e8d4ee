/** The manifest, as the form or somebody's own hand made it, what the server says of it, and the button. */

import type { VirtualMachine } from '@berth/api'
import { draftProblem, writeYaml } from '@berth/view'
import { useMemo, useState } from 'react'
import { BackendError, useRight } from '../../../backend/index.ts'
import { useMessages } from '../../../i18n/index.ts'
import { useGo } from '../../../routes/navigation.tsx'
import { createPath, machinePath, workloadsPath } from '../../../routes/paths.ts'
import { Button, Notice, Section, Stack, StatusMark, Table } from '../../../ui/index.ts'
import styles from '../create.module.css'
import { ManifestEditor } from '../manifest-editor.tsx'
import { createMachines } from '../create-machines.ts'
import { draftOf, objectsOf } from '../manifest.ts'
import { createShownAs } from '../show-as.ts'
import { ShowAs } from '../show-as-tabs.tsx'
import { forgetWizard } from '../use-wizard.ts'
import { sayingOf } from '../saying.ts'
import { nameWords } from '../name-words.ts'
import type { StepProps } from '../step-props.ts'

type Outcome = { name: string; made: VirtualMachine } | { name: string; failure: string }

export function ReviewStep({ wizard, dryRun }: StepProps) {
  const t = useMessages('create')
  const go = useGo()
  const { state } = wizard
  const { cluster, namespace } = state.form
  const draft = draftOf(state)
  const objects = objectsOf(state)
  const mayCreate = useRight(cluster, namespace, 'virtualmachines.kubevirt.io/create')
  const [busy, setBusy] = useState(false)
  const [outcomes, setOutcomes] = useState<Outcome[]>([])
  const causes = useMemo(() => dryRun.problems.map(({ cause }) => cause), [dryRun.problems])
  const type = (text: string): void => {
    // The editor also calls when the form changed its text.
    if (text !== draft?.text) wizard.type(text)
  }
  const problem = draft === undefined ? undefined : draftProblem(draft)
  const failed = outcomes.flatMap((outcome) => ('failure' in outcome ? [outcome.name] : []))

  const create = async (only?: readonly string[]): Promise<void> => {
    setBusy(true)
    const wanted = objects.filter(({ name }) => only === undefined || only.includes(name))
    const machines = wanted.map(({ object }) => {
      // The server judges what the editor holds.
      const machine = object as unknown as VirtualMachine
      return { ...machine, metadata: { ...machine.metadata, namespace: machine.metadata.namespace ?? namespace } }
    })
    const answers = await createMachines(cluster, 'create', machines)
    const results = wanted.map(({ name }, at): Outcome => {
      const answer = answers[at]
      if (answer === undefined || answer instanceof BackendError) return { name, failure: answer?.message ?? '' }
      return { name, made: answer }
    })
    const made = results.flatMap((result) => ('made' in result ? [result.made] : []))
    setBusy(false)
    if (results.every((result) => 'made' in result)) {
      forgetWizard()
      const [first] = made
      const one = objects.length === 1 ? first : undefined
      go(
        one === undefined
          ? workloadsPath()
          : machinePath({ cluster, namespace: one.metadata.namespace ?? '', name: one.metadata.name ?? '' }),
      )
      return
    }
    setOutcomes([...outcomes.filter(({ name }) => only !== undefined && !only.includes(name)), ...results])
  }

  if (draft === undefined) {
    return (
      <Notice
        title={t('sourceFirst')}
        actions={<Button href={createPath({ step: 'source' })}>{t('steps.source')}</Button>}
      />
    )
  }
  return (
    <>
      {dryRun.problems.length > 0 && (
        <Notice tone="attention" title={t('wouldRefuse')}>
          {dryRun.problems.map(({ cause }) => (
            <div key={`${cause.field ?? ''} ${cause.message ?? ''}`}>
              {cause.field === 'metadata.name' ? nameWords(t, cause.message ?? '') : cause.message}
            </div>
          ))}
        </Notice>
      )}
      {outcomes.length > 0 && (
        <Section title={t('review.results')}>
          <Table
            label={t('review.results')}
            items={outcomes}
            keyOf={({ name }) => name}
            columns={[
              { id: 'name', title: t('source.name'), cell: ({ name }) => name },
              {
                id: 'result',
                title: t('review.result'),
                cell: (outcome) => markOf(outcome, t('review.made')),
              },
            ]}
          />
        </Section>
      )}
      <Section title={t('review.manifest')}>
        <Stack>
          {objects.length > 1 && (
            <p className={styles['lead']}>
              {t('review.batch', { count: objects.length, names: objects.map(({ name }) => name).join(', ') })}
            </p>
          )}
          <p className={styles['lead']}>{t('review.manifestText')}</p>
          <ManifestEditor label={t('review.manifest')} draft={draft} causes={causes} onChange={type} />
        </Stack>
      </Section>
      <ShowAs
        shown={createShownAs(
          objects.map(({ object }) => writeYaml(object)),
          namespace,
        )}
      />
      <div className={styles['footer']}>
        <span className={styles['said']} aria-live="polite">
          {problem === undefined ? sayingOf(dryRun, t) : t('yaml.notYaml')}
        </span>
        <Button icon="back" href={createPath({ step: 'placement' })}>
          {t('back')}
        </Button>
        <Button
          kind="primary"
          icon="add"
          busy={busy}
          reason={typeof mayCreate === 'string' ? mayCreate : problem === undefined ? undefined : t('yaml.notYaml')}
          onClick={() => void create(failed.length > 0 ? failed : undefined)}
        >
          {failed.length > 0
            ? t('review.retry', { count: failed.length })
            : t('review.create', { count: objects.length })}
        </Button>
      </div>
    </>
  )
}

function markOf(outcome: Outcome, made: string) {
  return 'made' in outcome ? (
    <StatusMark tone="running">{made}</StatusMark>
  ) : (
    <StatusMark tone="attention">{outcome.failure}</StatusMark>
  )
}
