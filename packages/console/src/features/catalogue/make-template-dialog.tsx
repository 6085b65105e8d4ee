/** Asks for a template made from a machine, and follows until it is there. */

import { templateRequests, templates, virtualMachines, type VirtualMachineTemplateRequest } from '@berth/api'
import { getCondition } from '@berth/meta'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { clusterApi, clusterCalls, runRequest } from '../../backend/index.ts'
import { useMessages } from '../../i18n/index.ts'
import { useScope } from '../../routes/scope.ts'
import { catalogueItemPath } from '../../routes/paths.ts'
import { Button, Dialog, Notice, Problem, ProgressBar, SelectField, Stack, TextField } from '../../ui/index.ts'
import { useClusters, useLists } from './use-lists.ts'

export interface MakeTemplateProps {
  onClose: () => void
  /** Of the machine; chosen in the dialog unless given. */
  from?: { cluster: string; namespace: string; name: string }
}

export function MakeTemplateDialog({ onClose, from }: MakeTemplateProps) {
  const t = useMessages('catalogue')
  const scope = useScope()
  const [first = ''] = useClusters()
  const cluster = from?.cluster ?? scope.cluster ?? first
  const machines = useLists(virtualMachines, from === undefined ? undefined : [])
  const [machine, setMachine] = useState(from === undefined ? '' : `${from.namespace}/${from.name}`)
  const [name, setName] = useState('')
  const [request, setRequest] = useState<VirtualMachineTemplateRequest>()
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const [namespace = '', source = ''] = machine.split('/')
  const templateName = name === '' ? (source === '' ? '' : `${source}-template`) : name
  const ask = async (): Promise<void> => {
    setBusy(true)
    setError(undefined)
    try {
      const { group, version, resource } = templates
      const wanted: VirtualMachineTemplateRequest = {
        apiVersion: 'template.kubevirt.io/v1beta1',
        kind: 'VirtualMachineTemplateRequest',
        metadata: { namespace, generateName: `${templateName}-` },
        spec: {
          virtualMachineRef: { namespace, name: source },
          templateName,
          // Done is done; a failed one stays to be looked at.
          ttlSecondsAfterFinished: 600,
        },
      }
      const made = await runRequest('make-template', {
        target: { cluster, group, version, resource, namespace, name: templateName },
        calls: [clusterCalls.create(templateRequests, wanted)],
      })
      // The cluster answers with what it made.
      setRequest(made as VirtualMachineTemplateRequest)
    } catch (failure) {
      setError(failure)
    }
    setBusy(false)
  }
  return (
    <Dialog
      title={t('make.title')}
      onClose={onClose}
      {...(request === undefined ? {} : { closeWord: t('make.close') })}
      actions={
        request === undefined && (
          <Button
            kind="primary"
            busy={busy}
            reason={source === '' ? t('make.chooseFirst') : undefined}
            onClick={() => void ask()}
          >
            {t('make.confirm')}
          </Button>
        )
      }
    >
      <Stack>
        {error !== undefined && <Problem title={t('make.failed')} error={error} />}
        {request === undefined ? (
          <>
            <p>{t('make.text')}</p>
            {from === undefined && (
              <SelectField
                label={t('make.machine')}
                searchable
                value={machine === '' ? null : machine}
                data={machines.items
                  .filter((entry) => entry.cluster === cluster)
                  .map(({ item }) => `${item.metadata.namespace ?? ''}/${item.metadata.name ?? ''}`)}
                onChange={(value) => setMachine(value ?? '')}
              />
            )}
            <TextField
              label={t('make.name')}
              value={name}
              placeholder={templateName}
              onChange={(event) => setName(event.currentTarget.value)}
            />
          </>
        ) : (
          <Progress cluster={cluster} request={request} template={templateName} />
        )}
      </Stack>
    </Dialog>
  )
}

/** How often a request is looked at, in milliseconds. */
const lookEveryMs = 1500

function Progress({
  cluster,
  request,
  template,
}: {
  cluster: string
  request: VirtualMachineTemplateRequest
  template: string
}) {
  const t = useMessages('catalogue')
  const { namespace = '', name = '' } = request.metadata
  const { data } = useQuery({
    queryKey: ['k8s', cluster, 'template-request', namespace, name],
    queryFn: async ({ signal }) =>
      clusterApi(cluster).get<VirtualMachineTemplateRequest>({ ...templateRequests, namespace, name }, signal),
    refetchInterval: (query) =>
      getCondition(query.state.data?.status?.conditions, 'Progressing')?.status === 'False' ? false : lookEveryMs,
  })
  const ready = getCondition(data?.status?.conditions, 'Ready')
  const ended = getCondition(data?.status?.conditions, 'Progressing')?.status === 'False'
  if (ready?.status === 'True') {
    return (
      <Notice
        tone="success"
        title={t('make.done', { name: template })}
        actions={
          <Button href={catalogueItemPath({ section: 'templates', cluster, namespace, name: template })}>
            {t('make.open')}
          </Button>
        }
      />
    )
  }
  if (ended)
    return (
      <Notice tone="danger" title={t('make.failed')}>
        {ready?.message}
      </Notice>
    )
  return (
    <>
      <ProgressBar label={t('make.working')} />
      <p>{ready?.message ?? t('make.working')}</p>
    </>
  )
}
