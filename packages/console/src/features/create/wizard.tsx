/** Step by step to a machine. Every step says at once what the server would refuse. */

import { draftProblem, draftValue, wizardSteps, type WizardStep } from '@berth/view'
import { useState, type DragEvent, type ReactNode } from 'react'
import { useRight } from '../../backend/index.ts'
import { useMessages } from '../../i18n/index.ts'
import { Link, useSearch, useSetSearch } from '../../routes/navigation.tsx'
import { createPath } from '../../routes/paths.ts'
import { Button, Notice, Page, showToast } from '../../ui/index.ts'
import styles from './create.module.css'
import { draftOf } from './manifest.ts'
import { DisksStep } from './steps/disks-step.tsx'
import { GuestStep } from './steps/guest-step.tsx'
import { NetworkStep } from './steps/network-step.tsx'
import { PlacementStep } from './steps/placement-step.tsx'
import { ReviewStep } from './steps/review-step.tsx'
import { SizeStep } from './steps/size-step.tsx'
import { SourceStep } from './steps/source-step.tsx'
import { sayingOf } from './saying.ts'
import type { StepProps } from './step-props.ts'
import { useDryRun } from './use-dry-run.ts'
import { useWizard } from './use-wizard.ts'
import type { WizardForm } from './form.ts'

const parts: Record<WizardStep, (props: StepProps) => ReactNode> = {
  source: SourceStep,
  size: SizeStep,
  disks: DisksStep,
  network: NetworkStep,
  guest: GuestStep,
  placement: PlacementStep,
  review: ReviewStep,
}

/** A manifest is small; a larger file is none. */
const maxFileBytes = 1_048_576

export function Wizard() {
  const t = useMessages('create')
  const search = useSearch()
  const setSearch = useSetSearch()
  const wizard = useWizard(startOf(search))
  const { state } = wizard
  const draft = draftOf(state)
  const object = draft === undefined ? undefined : draftValue(draft)
  const dryRun = useDryRun(state.form.cluster, state.form.namespace, object)
  const mayCreate = useRight(state.form.cluster, state.form.namespace, 'virtualmachines.kubevirt.io/create')
  const step = wizardSteps.find((name) => name === search['step']) ?? 'source'
  const at = wizardSteps.indexOf(step)
  const [dropping, setDropping] = useState(false)
  const words: Record<WizardStep, string> = {
    source: t('steps.source'),
    size: t('steps.size'),
    disks: t('steps.disks'),
    network: t('steps.network'),
    guest: t('steps.guest'),
    placement: t('steps.placement'),
    review: t('steps.review'),
  }
  const Part = parts[step]
  // What is wrong with the name stands at its field.
  const here = dryRun.problems.filter(
    (problem) => problem.step === step && (step !== 'source' || problem.cause.field !== 'metadata.name'),
  )
  const drop = async (event: DragEvent): Promise<void> => {
    event.preventDefault()
    setDropping(false)
    const [file] = event.dataTransfer.files
    if (file === undefined) return
    const problem = file.size > maxFileBytes ? 'notYaml' : wizard.load(await file.text())
    if (problem === undefined) setSearch({ step: 'review' }, { push: true })
    else showToast({ text: problem === 'notYaml' ? t('yaml.notYaml') : t('yaml.otherKind'), tone: 'danger' })
  }
  const next = wizardSteps[at + 1]
  const back = wizardSteps[at - 1]
  return (
    <Page
      title={t('title')}
      actions={
        <Button kind="quiet" icon="undo" onClick={wizard.reset}>
          {t('startOver')}
        </Button>
      }
    >
      <div
        className={`${styles['wizard']} ${dropping ? (styles['drop'] ?? '') : ''}`}
        onDragOver={(event) => {
          event.preventDefault()
          setDropping(true)
        }}
        onDragLeave={() => setDropping(false)}
        onDrop={(event) => void drop(event)}
      >
        <nav aria-label={t('stepsLabel')}>
          <ol className={styles['steps']}>
            {wizardSteps.map((name) => (
              <li key={name}>
                <Link
                  href={createPath({ step: name })}
                  className={styles['step']}
                  aria-current={name === step ? 'step' : undefined}
                >
                  {words[name]}
                  <StepMark count={dryRun.problems.filter((problem) => problem.step === name).length} />
                </Link>
              </li>
            ))}
          </ol>
        </nav>
        <div className={styles['body']}>
          {typeof mayCreate === 'string' && (
            <Notice tone="attention" title={t('mayNot')}>
              {mayCreate}
            </Notice>
          )}
          {here.length > 0 && (
            <Notice tone="attention" title={t('wouldRefuse')}>
              {here.map(({ cause }) => (
                <div key={`${cause.field ?? ''} ${cause.message ?? ''}`}>{textOf(cause.field, cause.message)}</div>
              ))}
            </Notice>
          )}
          <Part wizard={wizard} dryRun={dryRun} />
          {step !== 'review' && (
            <div className={styles['footer']}>
              <span className={styles['said']} aria-live="polite">
                {draft !== undefined && draftProblem(draft) !== undefined ? t('yaml.notYaml') : sayingOf(dryRun, t)}
              </span>
              {back !== undefined && (
                <Button icon="back" href={createPath({ step: back })}>
                  {t('back')}
                </Button>
              )}
              {next !== undefined && (
                <Button
                  kind="primary"
                  reason={draft === undefined ? t('sourceFirst') : undefined}
                  href={createPath({ step: next })}
                >
                  {t('next')}
                </Button>
              )}
            </div>
          )}
        </div>
      </div>
    </Page>
  )
}

/** Causes of some rules name their field themselves. */
function textOf(field: string | undefined, message = ''): string {
  return field === undefined || message.includes(field) ? message : `${field}: ${message}`
}

function StepMark({ count }: { count: number }) {
  const t = useMessages('create')
  if (count === 0) return undefined
  return (
    <span className={styles['mark']}>
      <span aria-hidden>▲ {count}</span>
      <span className="visually-hidden">{t('problems', { count })}</span>
    </span>
  )
}

/** `image` in the URL: `cluster/namespace/name` of a DataSource. */
function startOf({ image }: Readonly<Record<string, string>>): Partial<WizardForm> {
  const [cluster = '', namespace = '', name = ''] = (image ?? '').split('/')
  return name === '' ? {} : { source: 'dataSource', cluster, image: `${namespace}/${name}` }
}
