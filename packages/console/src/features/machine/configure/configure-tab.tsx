/** The machine's manifest as a form and as YAML: one draft, checked by the server while one types, reviewed before it is saved. */

import { useEffect, useMemo, useRef, useState } from 'react'
import { draftChanges, draftProblem, draftValue, pathText, writeYaml, writtenPart } from '@berth/view'
import { useMessages } from '../../../i18n/index.ts'
import { useSearch, useSetSearch } from '../../../routes/navigation.tsx'
import { Button, Buttons, CodeBlock, Notice, Segments, Stack, TextField, showToast } from '../../../ui/index.ts'
import type { LiveMachine } from '../use-machine.ts'
import { unshownCauses } from './causes.ts'
import { ChangesTable } from './changes-table.tsx'
import { DraftProvider } from './draft-context.tsx'
import { useEffectContext } from './effect-context.ts'
import { FormPart } from './form-part.tsx'
import { MergeDialog } from './merge-dialog.tsx'
import { ReviewDialog } from './review-dialog.tsx'
import { useDraft, type MachineDraft } from './use-draft.ts'
import { useDryRun, type DryRun } from './use-dry-run.ts'
import { YamlPart } from './yaml-part.tsx'
import styles from './configure.module.css'

export function ConfigureTab({ live }: { live: LiveMachine }) {
  const t = useMessages('machine')
  if (live.standalone) {
    return (
      <Stack>
        <Notice>{t('configure.standalone')}</Notice>
        <CodeBlock label={t('configure.yaml')} text={writeYaml(writtenPart(live.instance ?? live.machine))} />
      </Stack>
    )
  }
  return <MachineConfigure live={live} />
}

function MachineConfigure({ live }: { live: LiveMachine }) {
  const t = useMessages('machine')
  const { form = 'form', find = '' } = useSearch()
  const setSearch = useSetSearch()
  const [open, setOpen] = useState<'review' | 'merge'>()
  const machineDraft = useDraft(live.target, live.machine)
  const effects = useEffectContext(live)
  const { draft, dirty, conflict } = machineDraft
  const broken = draftProblem(draft)
  const dryRun = useDryRun(live.target, draft, dirty && broken === undefined && conflict === undefined)
  const yaml = form === 'yaml'
  const unsaved = useRef(dirty)
  useEffect(() => {
    unsaved.current = dirty
  }, [dirty])
  useEffect(
    () => () => {
      if (unsaved.current) showToast({ text: t('configure.kept') })
    },
    [t],
  )
  const close = (): void => setOpen(undefined)
  return (
    <DraftProvider machineDraft={machineDraft} causes={dryRun.causes} effects={effects} cluster={live.target.cluster}>
      <div className={styles['bar']}>
        <Segments
          label={t('configure.as')}
          value={yaml ? 'yaml' : 'form'}
          options={[
            { value: 'form', label: t('configure.form') },
            { value: 'yaml', label: t('configure.yaml') },
          ]}
          onChange={(next) => setSearch({ form: next === 'yaml' ? 'yaml' : undefined })}
        />
        {!yaml && (
          <TextField
            type="search"
            aria-label={t('configure.find')}
            placeholder={t('configure.find')}
            value={find}
            onChange={({ currentTarget }) => setSearch({ find: currentTarget.value })}
          />
        )}
        <DryRunState dryRun={dryRun} machineDraft={machineDraft} />
        <Buttons>
          <Button
            icon="undo"
            reason={dirty ? undefined : t('configure.unchanged')}
            onClick={() => machineDraft.revert()}
          >
            {t('configure.revert')}
          </Button>
          <Button kind="primary" icon="save" reason={saveReason()} onClick={() => setOpen('review')}>
            {t('configure.review')}
          </Button>
        </Buttons>
      </div>
      <Stack>
        {live.mayChange !== undefined && <Notice title={t('configure.readOnly')}>{live.mayChange}</Notice>}
        <Notices yaml={yaml} machineDraft={machineDraft} dryRun={dryRun} onMerge={() => setOpen('merge')} />
        {yaml ? (
          <YamlPart cluster={live.target.cluster} machineDraft={machineDraft} causes={dryRun.causes} />
        ) : broken === undefined ? (
          <FormPart find={find} />
        ) : (
          <Notice
            tone="danger"
            title={t('configure.broken', { line: broken.line })}
            actions={<Button onClick={() => setSearch({ form: 'yaml' })}>{t('configure.mend')}</Button>}
          >
            {broken.message}
          </Notice>
        )}
      </Stack>
      {open === 'review' && (
        <ReviewDialog target={live.target} machineDraft={machineDraft} effects={effects} onClose={close} />
      )}
      {open === 'merge' && conflict !== undefined && (
        <MergeDialog conflict={conflict} onDecide={machineDraft.decide} onClose={close} />
      )}
    </DraftProvider>
  )

  function saveReason(): string | undefined {
    if (live.mayChange !== undefined) return live.mayChange
    if (!dirty) return t('configure.unchanged')
    if (broken !== undefined) return t('configure.broken', { line: broken.line })
    if (conflict !== undefined) return t('configure.mergeFirst')
    return dryRun.state === 'refused' ? t('configure.refused') : undefined
  }
}

function DryRunState({ dryRun, machineDraft }: { dryRun: DryRun; machineDraft: MachineDraft }) {
  const t = useMessages('machine')
  const count = useMemo(() => draftChanges(machineDraft.draft).length, [machineDraft.draft])
  const words = !machineDraft.dirty
    ? ''
    : `${t('configure.count', { count })} · ${t(`configure.dryRun.${dryRun.state}`)}`
  return (
    <span className={styles['state']} role="status" data-state={dryRun.state}>
      {words}
    </span>
  )
}

function Notices({
  yaml,
  machineDraft,
  dryRun,
  onMerge,
}: {
  yaml: boolean
  machineDraft: MachineDraft
  dryRun: DryRun
  onMerge: () => void
}) {
  const t = useMessages('machine')
  const { conflict, restored, taken, draft } = machineDraft
  const [seen, setSeen] = useState(0)
  const fresh = taken.slice(seen)
  const unshown = unshownCauses(dryRun, { yaml, value: draftValue(draft) })
  return (
    <>
      {restored && <Notice>{t('configure.restored')}</Notice>}
      {conflict !== undefined && (
        <Notice
          tone="attention"
          title={t('merge.title')}
          actions={
            <Button kind="primary" onClick={onMerge}>
              {t('merge.look')}
            </Button>
          }
        >
          {conflict.conflicts.map(({ path }) => pathText(path)).join(', ')}
        </Notice>
      )}
      {fresh.length > 0 && (
        <Notice
          title={t('merge.taken', { count: fresh.length })}
          actions={<Button onClick={() => setSeen(taken.length)}>{t('ui:close')}</Button>}
        >
          <ChangesTable label={t('merge.taken', { count: fresh.length })} changes={fresh} />
        </Notice>
      )}
      {unshown.length > 0 && (
        <Notice tone="danger" title={t('configure.refused')}>
          <ul>
            {unshown.map(({ field = '', message = '' }) => (
              <li key={`${field} ${message}`}>
                {field !== '' && <code>{field}</code>} {message}
              </li>
            ))}
          </ul>
        </Notice>
      )}
    </>
  )
}
