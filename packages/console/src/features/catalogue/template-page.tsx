/** One template: what it makes, its parameters, its manifest. */

import {
  isSecretParameter,
  templateAnnotations,
  templates,
  type TemplateParameter,
  type VirtualMachineTemplate,
} from '@berth/api'
import { openDraft } from '@berth/view'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { clusterApi, clusterCalls, runRequest, useRight } from '../../backend/index.ts'
import { useMessages } from '../../i18n/index.ts'
import { Link, useGo, usePathParams } from '../../routes/navigation.tsx'
import { catalogueItemPath, catalogueSectionPath, createPath } from '../../routes/paths.ts'
import {
  Button,
  CodeBlock,
  Columns,
  ConfirmDialog,
  KeyValues,
  Notice,
  Page,
  Problem,
  Section,
  Skeleton,
  Stack,
  StatusMark,
  Table,
} from '../../ui/index.ts'
import styles from './catalogue.module.css'
import { EditTemplateDialog } from './edit-template-dialog.tsx'
import { templateFacts } from './use-templates.ts'

export function TemplatePage() {
  const t = useMessages('catalogue')
  const { cluster, namespace, name } = usePathParams(catalogueItemPath)
  const { data, error, refetch } = useQuery({
    queryKey: ['k8s', cluster, 'template', namespace, name],
    queryFn: async ({ signal }) =>
      clusterApi(cluster).get<VirtualMachineTemplate>({ ...templates, namespace, name }, signal),
    retry: false,
  })
  const above = <Link href={catalogueSectionPath({ section: 'templates' })}>{t('templates.title')}</Link>
  if (data === undefined) {
    return (
      <Page title={name} above={above}>
        {error === null ? (
          <Skeleton lines={8} />
        ) : (
          <Problem title={t('templates.unreadable', { name })} error={error} onRetry={() => void refetch()} />
        )}
      </Page>
    )
  }
  return <Template cluster={cluster} template={data} />
}

function Template({ cluster, template }: { cluster: string; template: VirtualMachineTemplate }) {
  const t = useMessages('catalogue')
  const facts = templateFacts(template)
  const { namespace = '', name = '', annotations } = template.metadata
  const right = (verb: string): string => `virtualmachinetemplates.template.kubevirt.io/${verb}`
  const mayEdit = useRight(cluster, namespace, right('update'))
  const mayDelete = useRight(cluster, namespace, right('delete'))
  const [dialog, setDialog] = useState<'edit' | 'delete' | undefined>()
  const checksumFile = annotations?.[templateAnnotations.checksumFile]
  return (
    <Page
      title={facts.title}
      mark={
        <StatusMark tone={facts.notReady === undefined ? 'running' : 'attention'}>
          {facts.notReady === undefined ? t('ready') : t('notReady')}
        </StatusMark>
      }
      above={<Link href={catalogueSectionPath({ section: 'templates' })}>{t('templates.title')}</Link>}
      actions={
        <>
          <Button icon="edit" reason={refusal(mayEdit)} onClick={() => setDialog('edit')}>
            {t('edit')}
          </Button>
          <Button icon="remove" reason={refusal(mayDelete)} onClick={() => setDialog('delete')}>
            {t('delete')}
          </Button>
          <Button kind="primary" icon="play" href={createPath({ template: `${cluster}/${namespace}/${name}` })}>
            {t('deploy')}
          </Button>
        </>
      }
    >
      <Stack gap={4}>
        {facts.notReady !== undefined && <Notice tone="attention" title={facts.notReady} />}
        <p className={styles['lead']}>{facts.description}</p>
        <Columns>
          <Section title={t('about')}>
            <KeyValues
              facts={[
                { label: t('name'), value: name },
                { label: t('namespace'), value: namespace },
                { label: t('system'), value: facts.system === '' ? undefined : facts.system },
                { label: t('image'), value: imageOf(template) },
                ...(checksumFile === undefined ? [] : [{ label: t('checksumFile'), value: checksumFile }]),
              ]}
            />
          </Section>
          <Section title={t('parameters')}>
            <Parameters parameters={template.spec.parameters ?? []} />
          </Section>
        </Columns>
        <Section title={t('manifest')}>
          <CodeBlock text={openDraft(template).text} label={t('manifest')} />
        </Section>
      </Stack>
      {dialog === 'edit' && (
        <EditTemplateDialog cluster={cluster} template={template} onClose={() => setDialog(undefined)} />
      )}
      {dialog === 'delete' && (
        <DeleteTemplate cluster={cluster} template={template} onClose={() => setDialog(undefined)} />
      )}
    </Page>
  )
}

const refusal = (right: true | string | undefined): string | undefined =>
  right === true || right === undefined ? undefined : right

function Parameters({ parameters }: { parameters: readonly TemplateParameter[] }) {
  const t = useMessages('catalogue')
  const valueOf = (parameter: TemplateParameter): string => {
    if (isSecretParameter(parameter) && (parameter.value ?? '') !== '') return t('secretSet')
    if ((parameter.value ?? '') !== '') return parameter.value ?? ''
    if (parameter.generate !== undefined) return t('generated')
    return parameter.required === true ? t('asked') : t('none')
  }
  return (
    <Table
      label={t('parameters')}
      items={parameters}
      keyOf={({ name }) => name}
      columns={[
        { id: 'name', title: t('parameter'), cell: ({ name, displayName }) => displayName ?? name },
        { id: 'value', title: t('value'), cell: valueOf },
        {
          id: 'description',
          title: t('description'),
          cell: ({ description }) => description ?? '',
        },
      ]}
    />
  )
}

function DeleteTemplate({
  cluster,
  template,
  onClose,
}: {
  cluster: string
  template: VirtualMachineTemplate
  onClose: () => void
}) {
  const t = useMessages('catalogue')
  const go = useGo()
  const client = useQueryClient()
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const { namespace = '', name = '' } = template.metadata
  const remove = async (): Promise<void> => {
    setBusy(true)
    try {
      const { group, version, resource } = templates
      const target = { cluster, group, version, resource, namespace, name }
      await runRequest('delete-template', { target, calls: [clusterCalls.delete(target)] })
      await client.invalidateQueries({ queryKey: ['k8s', cluster] })
      go(catalogueSectionPath({ section: 'templates' }))
    } catch (failure) {
      setError(failure)
      setBusy(false)
    }
  }
  return (
    <ConfirmDialog
      title={t('deleteTitle', { name })}
      confirm={t('delete')}
      danger
      busy={busy}
      onConfirm={() => void remove()}
      onClose={onClose}
    >
      <Stack>
        <p>{t('deleteText')}</p>
        {error !== undefined && <Problem title={t('deleteFailed')} error={error} />}
      </Stack>
    </ConfirmDialog>
  )
}

/** Where the disks' content comes from, in short. */
function imageOf({ spec }: VirtualMachineTemplate): string | undefined {
  const text = JSON.stringify(spec.virtualMachine)
  const url = /"url":"([^"]+)"/.exec(text)?.[1]
  const source = /"sourceRef":\{[^}]*"name":"([^"]+)"/.exec(text)?.[1]
  const container = /"containerDisk":\{"image":"([^"]+)"/.exec(text)?.[1]
  return url ?? source ?? container
}
