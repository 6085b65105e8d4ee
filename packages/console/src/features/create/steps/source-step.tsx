/** Templates first; then everything else a machine can be made from. */

import { dataSources } from '@berth/api'
import { isRetiredImage } from '@berth/view'
import { persistentVolumeClaimKind } from '../volume-claims.ts'
import { useState } from 'react'
import { useCapabilities, useSession } from '../../../backend/index.ts'
import { TemplateTiles } from '../../catalogue/template-tiles.tsx'
import { useLists } from '../../catalogue/use-lists.ts'
import { matchesTemplate, useTemplates } from '../../catalogue/use-templates.ts'
import { useMessages } from '../../../i18n/index.ts'
import { useSetSearch } from '../../../routes/navigation.tsx'
import { createPath } from '../../../routes/paths.ts'
import {
  Button,
  Form,
  Icon,
  NumberField,
  Section,
  SelectField,
  Skeleton,
  Stack,
  SuggestField,
  TextAreaField,
  TextField,
  type IconName,
  helpBelow,
} from '../../../ui/index.ts'
import styles from '../create.module.css'
import { type FormSource } from '../form.ts'
import { namesOf } from '../manifest.ts'
import { nameWords } from '../name-words.ts'
import type { StepProps } from '../step-props.ts'

const icons: Record<FormSource, IconName> = {
  dataSource: 'image',
  url: 'download',
  iso: 'disk',
  container: 'template',
  claim: 'disk',
  copy: 'copy',
  empty: 'screen',
  builtIn: 'console',
}

export function SourceStep({ wizard, dryRun }: StepProps) {
  const t = useMessages('create')
  const { form, manual } = wizard.state
  return (
    <>
      <Templates />
      <Section title={t('source.other')}>
        <Stack>
          <SourceChoices chosen={form.source} onChoose={(source) => wizard.change({ source, ...defaultsOf(source) })} />
          <SourceFields wizard={wizard} />
        </Stack>
      </Section>
      {(form.source !== undefined || manual !== undefined) && <NameFields wizard={wizard} dryRun={dryRun} />}
      <YamlSection wizard={wizard} />
    </>
  )
}

/** What suits most machines of a kind. */
function defaultsOf(source: FormSource) {
  if (source === 'builtIn') return { memory: '128Mi', guest: 'none' as const }
  if (source === 'iso' || source === 'empty')
    return { memory: '2Gi', cpus: 2, boot: 'uefi' as const, guest: 'none' as const }
  if (source === 'url' || source === 'dataSource') return { memory: '2Gi', cpus: 2, guest: 'login' as const }
  return {}
}

function Templates() {
  const t = useMessages('create')
  const { items, loading } = useTemplates()
  const [search, setSearch] = useState('')
  const [all, setAll] = useState(false)
  const found = items.filter(({ item }) => matchesTemplate(item, search))
  const shown = all || search !== '' ? found : found.slice(0, 6)
  return (
    <Section
      title={t('source.templates')}
      actions={
        <TextField
          aria-label={t('source.search')}
          placeholder={t('source.search')}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
      }
    >
      {loading ? (
        <Skeleton lines={3} height="4.5rem" />
      ) : (
        <Stack>
          <TemplateTiles
            label={t('source.templates')}
            templates={shown}
            hrefOf={({ cluster, item }) =>
              createPath({ template: `${cluster}/${item.metadata.namespace ?? ''}/${item.metadata.name ?? ''}` })
            }
          />
          {shown.length < found.length && (
            <Button kind="quiet" icon="down" onClick={() => setAll(true)}>
              {t('source.all', { count: found.length })}
            </Button>
          )}
        </Stack>
      )}
    </Section>
  )
}

function SourceChoices({
  chosen,
  onChoose,
}: {
  chosen: FormSource | undefined
  onChoose: (source: FormSource) => void
}) {
  const t = useMessages('create')
  const choices: readonly { id: FormSource; title: string; detail: string }[] = [
    { id: 'dataSource', title: t('source.dataSource'), detail: t('source.dataSourceText') },
    { id: 'url', title: t('source.url'), detail: t('source.urlText') },
    { id: 'iso', title: t('source.iso'), detail: t('source.isoText') },
    { id: 'container', title: t('source.container'), detail: t('source.containerText') },
    { id: 'claim', title: t('source.claim'), detail: t('source.claimText') },
    { id: 'copy', title: t('source.copy'), detail: t('source.copyText') },
    { id: 'empty', title: t('source.empty'), detail: t('source.emptyText') },
    { id: 'builtIn', title: t('source.builtIn'), detail: t('source.builtInText') },
  ]
  return (
    <div role="group" aria-label={t('source.other')} className={styles['choices']}>
      {choices.map(({ id, title, detail }) => (
        <button
          key={id}
          type="button"
          className={styles['choice']}
          aria-pressed={chosen === id}
          onClick={() => onChoose(id)}
        >
          <Icon name={icons[id]} />
          <span className={styles['choiceText']}>
            <span className={styles['choiceTitle']}>{title}</span>
            <span className={styles['choiceDetail']}>{detail}</span>
          </span>
        </button>
      ))}
    </div>
  )
}

function SourceFields({ wizard }: Pick<StepProps, 'wizard'>) {
  const t = useMessages('create')
  const { form } = wizard.state
  switch (form.source) {
    case 'dataSource':
      return <ImageField wizard={wizard} />
    case 'claim':
    case 'copy':
      return <ClaimField wizard={wizard} />
    case 'container':
      return (
        <TextField
          label={t('source.containerImage')}
          placeholder="quay.io/containerdisks/fedora:44"
          value={form.container}
          spellCheck={false}
          onChange={(event) => wizard.change({ container: event.currentTarget.value.trim() })}
        />
      )
    case 'url':
    case 'iso':
      return (
        <Form columns={2}>
          <TextField
            label={t('source.address')}
            placeholder="https://"
            value={form.url}
            spellCheck={false}
            onChange={(event) => wizard.change({ url: event.currentTarget.value.trim() })}
          />
          <TextField
            label={t('source.checksum')}
            inputWrapperOrder={[...helpBelow]}
            description={t('source.checksumText')}
            placeholder="sha256:"
            value={form.checksum}
            spellCheck={false}
            onChange={(event) => wizard.change({ checksum: event.currentTarget.value.trim() })}
          />
        </Form>
      )
    case 'empty':
    case 'builtIn':
    case undefined:
      return undefined
  }
}

function ImageField({ wizard }: Pick<StepProps, 'wizard'>) {
  const t = useMessages('create')
  const { form } = wizard.state
  const { items } = useLists(dataSources)
  const names = items
    .filter(({ cluster, item }) => cluster === form.cluster && !isRetiredImage(item))
    .map(({ item }) => `${item.metadata.namespace ?? ''}/${item.metadata.name ?? ''}`)
  return (
    <SelectField
      label={t('source.dataSource')}
      inputWrapperOrder={[...helpBelow]}
      description={names.length === 0 ? t('source.noImages') : undefined}
      searchable
      data={[...new Set([...names, ...(form.image === '' ? [] : [form.image])])]}
      value={form.image === '' ? null : form.image}
      onChange={(image) => wizard.change({ image: image ?? '' })}
    />
  )
}

function ClaimField({ wizard }: Pick<StepProps, 'wizard'>) {
  const t = useMessages('create')
  const { form } = wizard.state
  const { items } = useLists(persistentVolumeClaimKind, [form.namespace])
  return (
    <SelectField
      label={t('source.disk')}
      inputWrapperOrder={[...helpBelow]}
      description={t('source.diskText', { namespace: form.namespace })}
      searchable
      data={items.filter(({ cluster }) => cluster === form.cluster).map(({ item }) => item.metadata.name ?? '')}
      value={form.claim === '' ? null : form.claim}
      onChange={(claim) => wizard.change({ claim: claim ?? '' })}
    />
  )
}

function NameFields({ wizard, dryRun }: StepProps) {
  const t = useMessages('create')
  const { form } = wizard.state
  const { batch } = form
  const { data: capabilities } = useCapabilities(form.cluster)
  const { clusters } = useSession()
  const names = namesOf(form)
  const wrong = dryRun.problems.find(({ cause }) => cause.field === 'metadata.name')?.cause
  const preview = names.length > 3 ? `${names.slice(0, 2).join(', ')} … ${names.at(-1) ?? ''}` : names.join(', ')
  return (
    <Section title={t('source.which')}>
      <Form columns={3}>
        {clusters.length > 1 && (
          <SelectField
            label={t('source.cluster')}
            allowDeselect={false}
            data={clusters.map(({ id, name }) => ({ value: id, label: name }))}
            value={form.cluster}
            onChange={(cluster) => wizard.change({ cluster: cluster ?? form.cluster })}
          />
        )}
        <TextField
          label={t('source.name')}
          inputWrapperOrder={[...helpBelow]}
          description={batch.count > 1 ? t('source.patternText', { preview }) : t('source.nameText')}
          value={batch.pattern}
          placeholder={batch.count > 1 ? 'web-{n}' : 'web'}
          error={wrong?.message === undefined ? undefined : nameWords(t, wrong.message)}
          spellCheck={false}
          onChange={(event) => wizard.change({ batch: { ...batch, pattern: event.currentTarget.value.trim() } })}
        />
        <NumberField
          label={t('source.count')}
          inputWrapperOrder={[...helpBelow]}
          description={t('source.countText')}
          min={1}
          max={200}
          value={batch.count}
          onChange={(count) => wizard.change({ batch: { ...batch, count: Number(count) || 1 } })}
        />
        <SuggestField
          label={t('namespace')}
          inputWrapperOrder={[...helpBelow]}
          description={t('namespaceText')}
          value={form.namespace}
          data={capabilities?.namespaces.names ?? []}
          onChange={(namespace) => wizard.change({ namespace })}
        />
      </Form>
    </Section>
  )
}

function YamlSection({ wizard }: Pick<StepProps, 'wizard'>) {
  const t = useMessages('create')
  const setSearch = useSetSearch()
  const [text, setText] = useState('')
  const [problem, setProblem] = useState<'notYaml' | 'otherKind' | undefined>()
  return (
    <Section title={t('yaml.title')}>
      <Stack>
        <TextAreaField
          className={styles['mono'] ?? ''}
          label={t('yaml.label')}
          inputWrapperOrder={[...helpBelow]}
          description={t('yaml.text')}
          rows={4}
          spellCheck={false}
          value={text}
          error={problem === undefined ? undefined : problem === 'notYaml' ? t('yaml.notYaml') : t('yaml.otherKind')}
          onChange={(event) => {
            setText(event.currentTarget.value)
            setProblem(undefined)
          }}
        />
        <div>
          <Button
            icon="code"
            reason={text.trim() === '' ? t('yaml.empty') : undefined}
            onClick={() => {
              const found = wizard.load(text)
              setProblem(found)
              if (found === undefined) setSearch({ step: 'review' }, { push: true })
            }}
          >
            {t('yaml.use')}
          </Button>
        </div>
      </Stack>
    </Section>
  )
}
