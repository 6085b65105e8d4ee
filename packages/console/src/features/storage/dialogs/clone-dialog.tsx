/** A machine made of another one, or of a snapshot of it: own disks, own addresses. */

import { useMutation, useQuery } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import type { VirtualMachine } from '@berth/api'
import { newClone, type TaskCall } from '@berth/view'
import { clusterApi, clusterCalls, runRequest } from '../../../backend/index.ts'
import { useMessages } from '../../../i18n/index.ts'
import {
  Button,
  CheckboxField,
  CodeBlock,
  Dialog,
  FieldGroup,
  Form,
  Notice,
  Problem,
  Stack,
  TextField,
  showToast,
  helpBelow,
} from '../../../ui/index.ts'
import { isName, timedName } from '../names.ts'
import { kindOf, referenceTo } from '../references.ts'

export interface CloneDialogProps {
  cluster: string
  namespace: string
  source: { kind: 'VirtualMachine' | 'VirtualMachineSnapshot'; name: string }
  onClose: () => void
}

const macForm = /^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i

export function CloneDialog({ cluster, namespace, source, onClose }: CloneDialogProps): ReactNode {
  const t = useMessages('storage')
  const [target, setTarget] = useState(`${source.name}-clone`)
  const [start, setStart] = useState(false)
  const [serial, setSerial] = useState('')
  const [macs, setMacs] = useState<Record<string, string>>({})
  const machine = useQuery({
    queryKey: ['clone-source', cluster, namespace, source.name],
    queryFn: async ({ signal }) =>
      clusterApi(cluster).get<VirtualMachine>(
        referenceTo(kindOf.machines, { cluster, namespace, name: source.name }),
        signal,
      ),
    enabled: source.kind === 'VirtualMachine',
    retry: false,
  })
  const interfaces = (machine.data?.spec.template.spec.domain.devices.interfaces ?? []).map(({ name }) => name)
  const [stamp] = useState(() => new Date())
  const name = timedName(`${target}-clone`, stamp)
  const given = Object.fromEntries(Object.entries(macs).filter(([, mac]) => mac !== ''))
  const object = newClone({ namespace, source, target, name, macs: given, serial })
  const clone = useMutation({
    mutationFn: async () => {
      const subresources = { group: 'subresources.kubevirt.io', version: 'v1', resource: 'virtualmachines' }
      const afterwards: TaskCall[] = start
        ? [clusterCalls.subresource({ ...subresources, namespace, name: target }, 'start', {})]
        : []
      await runRequest(
        'clone',
        {
          target: referenceTo(kindOf.clones, { cluster, namespace, name }),
          calls: [clusterCalls.create(kindOf.clones, object)],
          afterwards,
        },
        'settled',
      )
    },
    onSuccess() {
      showToast({ text: t('clone.started', { name: target }), tone: 'success' })
      onClose()
    },
  })
  const nameError = isName(target) ? undefined : t('form.badName')
  const badMac = Object.values(given).some((mac) => !macForm.test(mac))
  return (
    <Dialog
      title={t('clone.title', { name: source.name })}
      size="large"
      onClose={onClose}
      actions={
        <Button
          kind="primary"
          reason={nameError ?? (badMac ? t('clone.badMac') : undefined)}
          busy={clone.isPending}
          onClick={() => clone.mutate()}
        >
          {t('clone.do')}
        </Button>
      }
    >
      <Stack>
        <Form columns={2}>
          <TextField
            label={t('clone.target')}
            value={target}
            error={nameError}
            data-autofocus
            onChange={(event) => setTarget(event.currentTarget.value.trim())}
          />
          <TextField
            label={t('column.namespace')}
            inputWrapperOrder={[...helpBelow]}
            description={t('clone.namespaceHint')}
            value={namespace}
            readOnly
          />
        </Form>
        <CheckboxField
          label={t('clone.start')}
          checked={start}
          onChange={(event) => setStart(event.currentTarget.checked)}
        />
        <FieldGroup legend={t('clone.identity')} description={t('clone.identityHint')}>
          <Form columns={2}>
            {interfaces.map((each) => (
              <TextField
                key={each}
                label={t('clone.mac', { name: each })}
                placeholder={t('clone.newMac')}
                value={macs[each] ?? ''}
                error={(macs[each] ?? '') === '' || macForm.test(macs[each] ?? '') ? undefined : t('clone.badMac')}
                onChange={(event) => setMacs({ ...macs, [each]: event.currentTarget.value.trim() })}
              />
            ))}
            <TextField
              label={t('clone.serial')}
              placeholder={t('clone.newSerial')}
              value={serial}
              onChange={(event) => setSerial(event.currentTarget.value.trim())}
            />
          </Form>
        </FieldGroup>
        <Notice>{t('clone.what')}</Notice>
        <details>
          <summary>{t('showAs')}</summary>
          <CodeBlock
            label="kubectl"
            text={`kubectl create -f - <<'EOF'\n${JSON.stringify(object, undefined, 2)}\nEOF`}
          />
        </details>
        {clone.error !== null && <Problem title={t('clone.failed')} error={clone.error} />}
      </Stack>
    </Dialog>
  )
}
