/** Builds an image: what it begins with, what is done to it, and where it lies then. */

import { useMutation, useQuery } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { baseImages as debianImages, type ImageBuild } from '@berth/api'
import { isImageName, type BuildRow } from '@berth/view'
import { clusterApi, useSession } from '../../../backend/index.ts'
import { useMessages } from '../../../i18n/index.ts'
import {
  Button,
  CheckboxField,
  Dialog,
  FieldGroup,
  Form,
  Notice,
  NumberField,
  Problem,
  SelectField,
  Skeleton,
  Stack,
  TagsField,
  TextAreaField,
  TextField,
  showToast,
  helpBelow,
} from '../../../ui/index.ts'
import type { AskedImage } from './asked.ts'
import { baseKinds, buildOf, emptyForm, formOf, newFile, newUser, problemsOf, type BuildForm } from './build-form.ts'
import { FileFields, UserFields } from './build-entries.tsx'
import { buildRef, startBuild } from './calls.ts'
import { ClassField } from '../../storage/dialogs/class-field.tsx'
import { noAccess, withAccess } from '../../storage/dialogs/keep-access.ts'
import { useOfCluster } from '../../storage/dialogs/of-cluster.ts'
import { useSourceAccess } from '../../storage/dialogs/source-access.tsx'
import { useClasses } from '../../storage/dialogs/use-classes.ts'
import { EntryList } from './entry-list.tsx'
import { DiskChoice } from '../../storage/dialogs/disk-choice.tsx'
import { useImagePlace } from './place-field.tsx'
import { baseImages, type Images } from './use-images.ts'

export interface BuildDialogProps {
  asked: Extract<AskedImage, { kind: 'build' }>
  images: Images
  onClose: () => void
}

export function BuildDialog(props: BuildDialogProps): ReactNode {
  const t = useMessages('catalogue')
  const { again } = props.asked
  const present = useQuery({
    queryKey: ['build', again?.key],
    queryFn: async ({ signal }) => clusterApi(again?.cluster ?? '').get<ImageBuild>(buildRef(again ?? nobody), signal),
    enabled: again !== undefined,
    gcTime: 0,
    retry: false,
  })
  if (again === undefined) return <Form_ {...props} />
  if (present.data !== undefined) return <Form_ {...props} again={again} before={present.data} />
  return (
    <Dialog title={t('builds.new')} size="large" onClose={props.onClose}>
      {present.error === null ? <Skeleton lines={8} /> : <Problem title={t('builds.failed')} error={present.error} />}
    </Dialog>
  )
}

const nobody = { cluster: '', namespace: '', name: '' }
const suffixLength = 5

/** Of a name that nobody else takes. */
function newSuffix(): string {
  return crypto.randomUUID().replaceAll('-', '').slice(0, suffixLength)
}

function Form_({
  asked: { base },
  images,
  again,
  before,
  onClose,
}: BuildDialogProps & { again?: BuildRow; before?: ImageBuild }): ReactNode {
  const t = useMessages('catalogue')
  const { clusters } = useSession()
  const next = base?.follows !== undefined || base?.version !== undefined
  const fixed = again === undefined ? (next ? base : undefined) : { cluster: again.cluster, namespace: again.target }
  const { place, fields } = useImagePlace(fixed)
  const classes = useClasses(place.cluster)
  const engine = clusters.find(({ id }) => id === place.cluster)?.kind === 'engine'
  const [typed, setForm] = useState<BuildForm>(() => (before === undefined ? emptyForm(engine, base) : formOf(before)))
  // What was chosen on another cluster is not there.
  const [chosen, choose] = useOfCluster(place.cluster, typed.chosen, '')
  const [className, setClass] = useOfCluster(place.cluster, typed.class, null)
  const form = { ...typed, chosen, class: className }
  const [suffix] = useState(newSuffix)
  const set = (change: Partial<BuildForm>): void => setForm((now) => ({ ...now, ...change }))
  const web = form.base === 'http' || form.base === 'registry'
  const server = useSourceAccess(form.base === 'registry' ? 'registry' : 'http', form)
  const rest = { target: place.namespace, suffix, ...(before === undefined ? {} : { before }) }
  const wanted = buildOf(form, rest)
  const problems = problemsOf(wanted)
  const at = (field: string): string | undefined => {
    const found = problems.find((problem) => problem.field === field)
    return found === undefined ? undefined : t(`builds.${found.word}`)
  }
  const build = useMutation({
    mutationFn: async () => {
      const at = { cluster: place.cluster, namespace: '', name: '', ...wanted.metadata }
      await withAccess(
        web ? server.access : noAccess,
        at,
        async (names) => startBuild(place.cluster, buildOf({ ...form, ...names }, rest)),
        buildRef(at),
      )
    },
    onSuccess() {
      showToast({ text: t('builds.begun', { name: form.image }), tone: 'success' })
      onClose()
    },
  })
  const named = form.image !== ''
  const nameError = !named || isImageName(form.image) ? undefined : t('builds.badName')
  const noBase = (form.base === 'dataSource' || form.base === 'pvc') && form.chosen === ''
  const noUrl = web && form.url === ''
  const [first] = problems
  const reason =
    (named ? nameError : t('builds.noName')) ??
    (noBase || noUrl ? t('builds.noBase') : undefined) ??
    (web ? server.reason : undefined) ??
    (first === undefined ? undefined : t(`builds.${first.word}`))
  return (
    <Dialog
      title={again === undefined && !next ? t('builds.new') : t('builds.nextOf', { name: form.image })}
      size="large"
      onClose={onClose}
      actions={
        <Button kind="primary" icon="template" reason={reason} busy={build.isPending} onClick={() => build.mutate()}>
          {t('builds.build')}
        </Button>
      }
    >
      <Stack>
        <p>{t('builds.text')}</p>
        <Form columns={2}>
          <TextField
            label={t('builds.name')}
            value={form.image}
            error={nameError}
            readOnly={fixed !== undefined}
            data-autofocus
            onChange={(event) => set({ image: event.currentTarget.value.trim() })}
          />
          {fields}
          <SelectField
            label={t('builds.base')}
            value={form.base}
            allowDeselect={false}
            data={baseKinds
              .filter((kind) => kind !== 'debian' || engine)
              .map((value) => ({
                value,
                label: t(`builds.baseKind.${value}`, { system: debianImages.bookworm.name }),
              }))}
            onChange={(value) => {
              set({ base: baseKinds.find((kind) => kind === value) ?? form.base, url: '' })
              choose('')
            }}
          />
          {form.base === 'dataSource' && (
            <SelectField
              label={t('image')}
              placeholder={t('images.choose')}
              value={form.chosen === '' ? null : form.chosen}
              searchable
              data={[
                ...new Set([
                  ...(form.chosen === '' ? [] : [form.chosen]),
                  ...baseImages(images.groups, place.cluster).map(({ namespace, name }) => `${namespace}/${name}`),
                ]),
              ]}
              onChange={(name) => choose(name ?? '')}
            />
          )}
          {form.base === 'pvc' && (
            <DiskChoice
              cluster={place.cluster}
              value={form.chosen === '' ? null : form.chosen}
              onChange={(name) => choose(name ?? '')}
            />
          )}
          {web && (
            <TextField
              label={t(`images.address.${form.base}`)}
              placeholder={form.base === 'http' ? 'https://' : 'quay.io/containerdisks/debian:13'}
              spellCheck={false}
              value={form.url}
              error={form.url === '' ? undefined : (at(`spec.from.${form.base}.url`) ?? at('spec.from'))}
              onChange={(event) => set({ url: event.currentTarget.value.trim() })}
            />
          )}
          {form.base === 'http' && (
            <TextField
              label={t('images.sum')}
              inputWrapperOrder={[...helpBelow]}
              description={t('images.sumText')}
              placeholder="sha256:"
              spellCheck={false}
              value={form.checksum}
              onChange={(event) => set({ checksum: event.currentTarget.value.trim() })}
            />
          )}
          {web && server.fields}
          <TextField
            label={t('images.size')}
            inputWrapperOrder={[...helpBelow]}
            description={t(web ? 'images.sizeOfAddress' : 'images.sizeOptional')}
            placeholder="10Gi"
            value={form.size}
            error={at('spec.size')}
            onChange={(event) => set({ size: event.currentTarget.value.trim() })}
          />
          <TextField
            label={t('description')}
            value={form.description}
            onChange={(event) => set({ description: event.currentTarget.value })}
          />
        </Form>
        <TagsField
          label={t('builds.packages')}
          description={t('builds.packagesText')}
          placeholder="nginx"
          value={form.packages}
          onChange={(packages) => set({ packages })}
        />
        <EntryList
          legend={t('builds.users')}
          description={t('builds.usersText')}
          entries={form.users}
          fresh={newUser}
          addWord={t('builds.addUser')}
          removeWord={(index) => t('builds.removeUser', { number: index + 1 })}
          onChange={(users) => set({ users })}
        >
          {(user, change, index) => (
            <UserFields
              user={user}
              onChange={change}
              error={(field) => at(`spec.customise.users[${String(index)}]${field}`)}
            />
          )}
        </EntryList>
        <EntryList
          legend={t('builds.files')}
          entries={form.files}
          fresh={newFile}
          addWord={t('builds.addFile')}
          removeWord={(index) => t('builds.removeFile', { number: index + 1 })}
          onChange={(files) => set({ files })}
        >
          {(file, change, index) => (
            <FileFields
              file={file}
              onChange={change}
              error={(field) => at(`spec.customise.files[${String(index)}]${field}`)}
            />
          )}
        </EntryList>
        <EntryList
          legend={t('builds.commands')}
          description={t('builds.commandsText')}
          entries={form.commands}
          fresh=""
          addWord={t('builds.addCommand')}
          removeWord={(index) => t('builds.removeCommand', { number: index + 1 })}
          onChange={(commands) => set({ commands })}
        >
          {(command, change, index) => (
            <TextAreaField
              label={t('builds.command', { number: index + 1 })}
              rows={2}
              spellCheck={false}
              placeholder="systemctl enable nginx"
              value={command}
              error={command === '' ? undefined : at(`spec.customise.commands[${String(index)}]`)}
              onChange={(event) => change(event.currentTarget.value)}
            />
          )}
        </EntryList>
        <CheckboxField
          label={t('builds.seal')}
          description={t('builds.sealText')}
          checked={form.seal}
          onChange={(event) => set({ seal: event.currentTarget.checked })}
        />
        <FieldGroup legend={t('builds.more')}>
          <Form columns={2}>
            <NumberField
              label={t('builds.keep')}
              inputWrapperOrder={[...helpBelow]}
              description={t('builds.keepText')}
              value={form.keep}
              min={1}
              max={1000}
              onChange={(keep) => set({ keep })}
            />
            <TextField
              label={t('images.preference')}
              inputWrapperOrder={[...helpBelow]}
              description={t('images.preferenceText')}
              placeholder="debian"
              value={form.preference}
              onChange={(event) => set({ preference: event.currentTarget.value.trim() })}
            />
            <NumberField
              label={t('builds.minutes')}
              inputWrapperOrder={[...helpBelow]}
              description={t('builds.minutesText')}
              value={form.minutes}
              min={1}
              max={1440}
              onChange={(minutes) => set({ minutes })}
            />
            <ClassField classes={classes} value={form.class} onChange={setClass} />
            <NumberField
              label={t('builds.cpus')}
              placeholder="2"
              value={form.cpus}
              min={1}
              max={256}
              onChange={(cpus) => set({ cpus })}
            />
            <TextField
              label={t('builds.memory')}
              placeholder="2Gi"
              value={form.memory}
              error={at('spec.builder.memory')}
              onChange={(event) => set({ memory: event.currentTarget.value.trim() })}
            />
          </Form>
        </FieldGroup>
        {reason !== undefined && named && <Notice tone="attention">{reason}</Notice>}
        {build.error !== null && <Problem title={t('builds.failed')} error={build.error} />}
      </Stack>
    </Dialog>
  )
}
