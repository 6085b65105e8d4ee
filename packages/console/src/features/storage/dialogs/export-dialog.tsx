/** Gives a disk, a machine or a snapshot away as files: links that work for a while, and the commands that fetch them. */

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { newExport, shellWord, type ExportWish, type MachineExportObject } from '@berth/view'
import { clusterApi, clusterCalls, runRequest, useSession } from '../../../backend/index.ts'
import { useFormat, useMessages } from '../../../i18n/index.ts'
import { useChannel } from '../../../live/index.ts'
import {
  Button,
  CodeBlock,
  Dialog,
  KeyValues,
  Notice,
  Problem,
  SelectField,
  Skeleton,
  Stack,
  StatusMark,
  Table,
  helpBelow,
} from '../../../ui/index.ts'
import { timedName } from '../names.ts'
import { kindOf, referenceTo } from '../references.ts'

export interface ExportDialogProps {
  cluster: string
  namespace: string
  source: ExportWish['source']
  /** The machine runs: its disks can't be read. */
  running?: boolean
  onClose: () => void
}

/** Of a disk that has files and no image. */
const archive = 'tar.gz'
const times = ['30m', '2h', '12h', '48h'] as const

export function ExportDialog({ cluster, namespace, source, running = false, onClose }: ExportDialogProps): ReactNode {
  const t = useMessages('storage')
  const client = useQueryClient()
  const [ttl, setTtl] = useState<string>('2h')
  const [made, setMade] = useState<string>()
  const key = ['exports', cluster, namespace]
  const present = useQuery({
    queryKey: key,
    queryFn: async ({ signal }) => clusterApi(cluster).list<MachineExportObject>(kindOf.exports, { namespace, signal }),
    retry: false,
  })
  const found = present.data?.items.find(
    ({ spec, metadata }) =>
      spec?.source?.kind === source.kind &&
      spec.source.name === source.name &&
      metadata.deletionTimestamp === undefined,
  )
  const name = made ?? found?.metadata.name
  const make = useMutation({
    mutationFn: async () => {
      const fresh = timedName(`${source.name}-export`, new Date())
      await runRequest(
        'export',
        {
          target: referenceTo(kindOf.exports, { cluster, namespace, name: fresh }),
          calls: [clusterCalls.create(kindOf.exports, newExport({ namespace, source, name: fresh, ttl }))],
        },
        'settled',
      )
      return fresh
    },
    onSuccess: setMade,
  })
  const end = useMutation({
    mutationFn: async () => {
      if (name === undefined) return
      const target = referenceTo(kindOf.exports, { cluster, namespace, name })
      await runRequest('delete-export', { target, calls: [clusterCalls.delete(target)] }, 'gone')
    },
    async onSuccess() {
      setMade(undefined)
      await client.invalidateQueries({ queryKey: key })
      onClose()
    },
  })
  return (
    <Dialog
      title={t('export.title', { name: source.name })}
      size="large"
      onClose={onClose}
      closeWord={name === undefined ? t('ui:cancel') : t('ui:close')}
      actions={
        name === undefined ? (
          <Button
            kind="primary"
            reason={present.isPending ? t('export.looking') : undefined}
            busy={make.isPending}
            onClick={() => make.mutate()}
          >
            {t('export.do')}
          </Button>
        ) : (
          <Button kind="danger" busy={end.isPending} onClick={() => end.mutate()}>
            {t('export.end')}
          </Button>
        )
      }
    >
      <Stack>
        {name === undefined ? (
          <>
            <p>{t('export.what')}</p>
            <SelectField
              label={t('export.ttl')}
              inputWrapperOrder={[...helpBelow]}
              description={t('export.ttlHint')}
              value={ttl}
              data={times.map((value) => ({ value, label: t(`export.time.${value}`) }))}
              allowDeselect={false}
              onChange={(value) => setTtl(value ?? ttl)}
            />
            {running && <Notice tone="attention">{t('export.running', { name: source.name })}</Notice>}
          </>
        ) : (
          <Made cluster={cluster} namespace={namespace} name={name} />
        )}
        {present.error !== null && <Problem title={t('export.unknown')} error={present.error} />}
        {make.error !== null && <Problem title={t('export.failed')} error={make.error} />}
        {end.error !== null && <Problem title={t('delete.failed')} error={end.error} />}
      </Stack>
    </Dialog>
  )
}

function Made({ cluster, namespace, name }: { cluster: string; namespace: string; name: string }): ReactNode {
  const t = useMessages('storage')
  const format = useFormat()
  const { command } = useSession()
  const live = useChannel('object', referenceTo(kindOf.exports, { cluster, namespace, name }))
  const object: MachineExportObject | undefined = live.value?.object
  if (live.value?.state === 'absent') return <Notice tone="attention">{t('export.over')}</Notice>
  if (object === undefined) return <Skeleton lines={4} />
  const { phase = 'Pending', links, ttlExpirationTime, conditions = [] } = object.status ?? {}
  const side = links?.external ?? links?.internal
  const waiting = conditions.find(
    ({ type, status, message }) => type === 'Ready' && status !== 'True' && (message ?? '') !== '',
  )
  // A folder is for programs that ask for its files one by one; there is an archive of it, too.
  const files = (side?.volumes ?? []).flatMap(({ name: volume, formats = [] }) =>
    formats.flatMap(({ format: kind, url }) =>
      volume === undefined || kind === undefined || kind === 'dir' || url === undefined ? [] : [{ volume, kind, url }],
    ),
  )
  const place = `-n ${shellWord(namespace)}`
  const [first] = files
  return (
    <>
      <KeyValues
        facts={[
          { label: t('column.name'), value: name },
          {
            label: t('column.status'),
            value: (
              <StatusMark tone={phase === 'Ready' ? 'running' : phase === 'Pending' ? 'starting' : 'attention'}>
                {t(`status.${phase}`, { defaultValue: phase })}
              </StatusMark>
            ),
          },
          {
            label: t('export.until'),
            value:
              ttlExpirationTime === undefined
                ? undefined
                : `${format.time(ttlExpirationTime)} (${format.relative(ttlExpirationTime)})`,
          },
        ]}
      />
      {phase !== 'Ready' && (
        <Notice tone={waiting === undefined ? 'info' : 'attention'}>{waiting?.message ?? t('export.pending')}</Notice>
      )}
      {files.length > 0 && (
        <Table
          label={t('export.files')}
          items={files}
          keyOf={({ volume, kind }) => `${volume}/${kind}`}
          columns={[
            { id: 'volume', title: t('export.disk'), cell: ({ volume }) => volume },
            {
              id: 'format',
              title: t('export.format'),
              cell: ({ kind }) => t(`export.kind.${kind}`, { defaultValue: kind }),
            },
            {
              id: 'get',
              title: t('export.get'),
              cell: (file) => downloadLink({ cluster, namespace, name }, file, t('export.download')),
            },
          ]}
        />
      )}
      {first !== undefined && (
        <>
          <h3>{t('export.commands')}</h3>
          <CodeBlock
            label="virtctl"
            text={`virtctl vmexport download ${shellWord(name)} ${place} --volume=${shellWord(first.volume)} --output=${shellWord(`${first.volume}.${first.kind === archive ? archive : 'img.gz'}`)} --keep-vme`}
          />
          {first.kind !== archive && (
            <CodeBlock label="berth" text={berthOf(command, object, { namespace, volume: first.volume })} />
          )}
          <CodeBlock
            label="curl"
            text={curlOf({
              namespace,
              secret: object.status?.tokenSecretRef ?? object.spec?.tokenSecretRef ?? '',
              url: first.url,
              external: links?.external !== undefined,
              name,
            })}
          />
        </>
      )}
    </>
  )
}

function downloadLink(
  of: { cluster: string; namespace: string; name: string },
  file: { volume: string; kind: string },
  word: string,
): ReactNode {
  return (
    <a href={downloadAddress(of, file)} download>
      {word}
    </a>
  )
}

/** Through the console, as the person: no token leaves the server. */
function downloadAddress(
  { cluster, namespace, name }: { cluster: string; namespace: string; name: string },
  { volume, kind }: { volume: string; kind: string },
): string {
  const path = ['exports', namespace, name, volume, kind].map(encodeURIComponent).join('/')
  return `/api/clusters/${encodeURIComponent(cluster)}/${path}`
}

/** It makes an export of its own. */
function berthOf(
  command: string,
  { spec }: MachineExportObject,
  { namespace, volume }: { namespace: string; volume: string },
): string {
  const { kind, name = '' } = spec?.source ?? {}
  const which = kind === 'VirtualMachineSnapshot' ? ' --snapshot' : ''
  const disk = kind === 'PersistentVolumeClaim' ? '' : ` --disk ${shellWord(volume)}`
  return `${command} disk download ${shellWord(name)} -n ${shellWord(namespace)}${which}${disk} -o ${shellWord(`${volume}.qcow2`)}`
}

function curlOf({
  namespace,
  secret,
  url,
  external,
  name,
}: {
  namespace: string
  secret: string
  url: string
  external: boolean
  name: string
}): string {
  const place = `-n ${shellWord(namespace)}`
  const side = external ? 'external' : 'internal'
  return [
    `TOKEN=$(kubectl get secret ${shellWord(secret)} ${place} -o jsonpath='{.data.token}' | base64 -d)`,
    `kubectl get virtualmachineexport ${shellWord(name)} ${place} -o jsonpath='{.status.links.${side}.cert}' > export-ca.pem`,
    `curl --cacert export-ca.pem -H "x-kubevirt-export-token: $TOKEN" -O ${shellWord(url)}`,
  ].join('\n')
}
