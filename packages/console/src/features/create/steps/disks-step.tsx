import type { ExtraDisk } from '@berth/view'
import { useLists } from '../../catalogue/use-lists.ts'
import { useMessages } from '../../../i18n/index.ts'
import {
  Button,
  Buttons,
  Form,
  IconButton,
  Section,
  SelectField,
  Stack,
  TextField,
  helpBelow,
} from '../../../ui/index.ts'
import styles from '../create.module.css'
import { persistentVolumeClaimKind } from '../volume-claims.ts'
import type { StepProps } from '../step-props.ts'

export function DisksStep({ wizard }: StepProps) {
  const t = useMessages('create')
  const { form } = wizard.state
  const fixed = form.source === 'container' || form.source === 'claim'
  const change = (index: number, disk: ExtraDisk): void =>
    wizard.change({ disks: form.disks.map((present, at) => (at === index ? disk : present)) })
  const add = (disk: ExtraDisk): void => wizard.change({ disks: [...form.disks, disk] })
  const name = `data${form.disks.length === 0 ? '' : form.disks.length + 1}`
  return (
    <>
      <Section title={t('disks.root')}>
        {fixed ? (
          <p className={styles['lead']}>{t('disks.fixed')}</p>
        ) : (
          <Form columns={2}>
            <TextField
              label={t('disks.size')}
              inputWrapperOrder={[...helpBelow]}
              description={form.source === 'builtIn' ? t('disks.noneText') : t('disks.sizeText')}
              placeholder={
                form.source === 'url' ? '10Gi' : form.source === 'iso' || form.source === 'empty' ? '20Gi' : ''
              }
              value={form.diskSize}
              onChange={(event) => wizard.change({ diskSize: event.currentTarget.value.trim() })}
            />
          </Form>
        )}
      </Section>
      <Section title={t('disks.more')}>
        <Stack>
          {form.disks.map((disk, index) => (
            <DiskRow
              key={index}
              disk={disk}
              cluster={form.cluster}
              namespace={form.namespace}
              onChange={(changed) => change(index, changed)}
              onRemove={() => wizard.change({ disks: form.disks.filter((_present, at) => at !== index) })}
            />
          ))}
          <Buttons>
            <Button icon="add" onClick={() => add({ kind: 'blank', name, size: '10Gi' })}>
              {t('disks.addBlank')}
            </Button>
            <Button icon="add" onClick={() => add({ kind: 'claim', name, claim: '' })}>
              {t('disks.addClaim')}
            </Button>
            <Button icon="add" onClick={() => add({ kind: 'url', name, url: '', size: '10Gi' })}>
              {t('disks.addUrl')}
            </Button>
          </Buttons>
        </Stack>
      </Section>
    </>
  )
}

interface DiskRowProps {
  disk: ExtraDisk
  cluster: string
  namespace: string
  onChange: (disk: ExtraDisk) => void
  onRemove: () => void
}

function DiskRow({ disk, cluster, namespace, onChange, onRemove }: DiskRowProps) {
  const t = useMessages('create')
  const claims = useLists(persistentVolumeClaimKind, disk.kind === 'claim' ? [namespace] : [])
  return (
    <div className={styles['item']}>
      <TextField
        label={t('disks.name')}
        value={disk.name}
        onChange={(event) => onChange({ ...disk, name: event.currentTarget.value.trim() })}
      />
      {disk.kind === 'claim' && (
        <SelectField
          label={t('source.disk')}
          searchable
          data={claims.items.filter((entry) => entry.cluster === cluster).map(({ item }) => item.metadata.name ?? '')}
          value={disk.claim === '' ? null : disk.claim}
          onChange={(claim) => onChange({ ...disk, claim: claim ?? '' })}
        />
      )}
      {disk.kind === 'url' && (
        <TextField
          label={t('source.address')}
          placeholder="https://"
          value={disk.url}
          onChange={(event) => onChange({ ...disk, url: event.currentTarget.value.trim() })}
        />
      )}
      {disk.kind !== 'claim' && (
        <TextField
          label={t('disks.size')}
          value={disk.size}
          onChange={(event) => onChange({ ...disk, size: event.currentTarget.value.trim() })}
        />
      )}
      <IconButton icon="remove" label={t('remove', { name: disk.name })} onClick={onRemove} />
    </div>
  )
}
