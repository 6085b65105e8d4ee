/** The quick path: a template, one short form, and the machine is there. */

import { templates, type VirtualMachineTemplate } from '@berth/api'
import { useQuery } from '@tanstack/react-query'
import { templateFacts } from '../../catalogue/use-templates.ts'
import { clusterApi } from '../../../backend/index.ts'
import { useMessages } from '../../../i18n/index.ts'
import { Link } from '../../../routes/navigation.tsx'
import { createPath } from '../../../routes/paths.ts'
import { Notice, Page, Problem, Skeleton, Stack } from '../../../ui/index.ts'
import { DeployForm } from './deploy-form.tsx'

export interface TemplateReference {
  cluster: string
  namespace: string
  name: string
}

export function DeployPage({ cluster, namespace, name }: TemplateReference) {
  const t = useMessages('create')
  const { data, error, refetch } = useQuery({
    queryKey: ['k8s', cluster, 'template', namespace, name],
    queryFn: async ({ signal }) =>
      clusterApi(cluster).get<VirtualMachineTemplate>({ ...templates, namespace, name }, signal),
    retry: false,
  })
  const above = <Link href={createPath()}>{t('allSources')}</Link>
  if (data === undefined) {
    return (
      <Page title={name} above={above}>
        {error === null ? (
          <Skeleton lines={6} />
        ) : (
          <Problem title={t('deploy.unreadable', { name })} error={error} onRetry={() => void refetch()} />
        )}
      </Page>
    )
  }
  const facts = templateFacts(data)
  return (
    <Page title={t('deploy.title', { name: facts.title })} above={above}>
      <Stack gap={4}>
        {facts.notReady !== undefined && <Notice tone="attention" title={facts.notReady} />}
        <DeployForm cluster={cluster} template={data} />
      </Stack>
    </Page>
  )
}
