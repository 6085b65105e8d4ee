/** How much of everything, and which hosts can give it. */

import { clusterInstancetypes, clusterPreferences } from '@berth/api'
import { MetaError, quantityToBytes } from '@berth/meta'
import { useCapabilities } from '../../../backend/index.ts'
import { useLists } from '../../catalogue/use-lists.ts'
import { useFormat, useMessages } from '../../../i18n/index.ts'
import {
  CheckboxField,
  Form,
  NumberField,
  Section,
  Segments,
  SelectField,
  Stack,
  TextField,
  helpBelow,
} from '../../../ui/index.ts'
import styles from '../create.module.css'
import type { WizardForm } from '../form.ts'
import type { StepProps } from '../step-props.ts'

export function SizeStep({ wizard }: StepProps) {
  const t = useMessages('create')
  const { form } = wizard.state
  const sizes = useLists(clusterInstancetypes)
  const preferences = useLists(clusterPreferences)
  const size = sizes.items.find(({ item }) => item.metadata.name === form.instancetype)?.item.spec
  return (
    <>
      <Section title={t('steps.size')}>
        <Stack>
          <div>
            <Segments
              label={t('size.how')}
              value={form.sizing}
              options={[
                { value: 'custom', label: t('size.custom') },
                { value: 'instancetype', label: t('size.instancetype') },
              ]}
              onChange={(sizing) => wizard.change({ sizing })}
            />
          </div>
          <Form columns={2}>
            {form.sizing === 'custom' ? (
              <>
                <NumberField
                  label={t('size.cpus')}
                  min={1}
                  max={256}
                  value={form.cpus}
                  onChange={(cpus) => wizard.change({ cpus: Number(cpus) || 1 })}
                />
                <TextField
                  label={t('size.memory')}
                  inputWrapperOrder={[...helpBelow]}
                  description={t('size.memoryText')}
                  value={form.memory}
                  onChange={(event) => wizard.change({ memory: event.currentTarget.value.trim() })}
                />
              </>
            ) : (
              <SelectField
                label={t('size.instancetype')}
                searchable
                data={grouped(sizes.items.map(({ item }) => item.metadata.name ?? ''))}
                value={form.instancetype === '' ? null : form.instancetype}
                onChange={(instancetype) => wizard.change({ instancetype: instancetype ?? '' })}
              />
            )}
            <SelectField
              label={t('size.preference')}
              inputWrapperOrder={[...helpBelow]}
              description={t('size.preferenceText')}
              searchable
              clearable
              data={[...new Set(preferences.items.map(({ item }) => item.metadata.name ?? ''))]}
              value={form.preference === '' ? null : form.preference}
              onChange={(preference) => wizard.change({ preference: preference ?? '' })}
            />
          </Form>
        </Stack>
      </Section>
      <Hosts
        form={form}
        {...(size === undefined ? {} : { size: { cpus: size.cpu.guest, memory: size.memory.guest } })}
      />
      {form.source !== 'builtIn' && (
        <Section title={t('size.firmware')}>
          <Stack>
            <div>
              <Segments
                label={t('size.firmware')}
                value={form.boot}
                options={[
                  { value: 'bios', label: 'BIOS' },
                  { value: 'uefi', label: 'UEFI' },
                  { value: 'secure', label: 'Secure Boot' },
                ]}
                onChange={(boot) => wizard.change({ boot })}
              />
            </div>
            <CheckboxField
              label={t('size.tpm')}
              checked={form.tpm}
              onChange={(event) => wizard.change({ tpm: event.currentTarget.checked })}
            />
          </Stack>
        </Section>
      )}
    </>
  )
}

/** By series: the part before the dot. */
function grouped(names: readonly string[]): { group: string; items: string[] }[] {
  const series = Map.groupBy(new Set(names), (name) => name.split('.')[0] ?? '')
  return [...series].map(([group, items]) => ({ group, items }))
}

function Hosts({ form, size }: { form: WizardForm; size?: { cpus: number; memory: string } }) {
  const t = useMessages('create')
  const format = useFormat()
  const { data } = useCapabilities(form.cluster)
  const nodes = data?.nodes ?? []
  if (nodes.length === 0) return undefined
  const custom = form.sizing === 'custom' ? { cpus: form.cpus, memory: form.memory } : size
  const bytes = bytesOf(custom?.memory)
  return (
    <Section title={t('size.fit')}>
      <ul className={styles['hosts']} aria-live="polite">
        {nodes.map((node) => {
          const free = node.freeMemory ?? node.memory
          const why =
            custom === undefined || bytes === undefined
              ? undefined
              : !node.schedulable
                ? t('size.closed')
                : node.cpus < custom.cpus
                  ? t('size.fewCpus', { count: node.cpus })
                  : free < bytes
                    ? t('size.littleMemory', { free: format.bytes(free) })
                    : ''
          return (
            <li key={node.name} className={styles['host']} data-fits={why === undefined ? undefined : why === ''}>
              <strong>{node.name}</strong>
              <span>
                {t('size.hostText', { cpus: node.cpus, free: format.bytes(free), memory: format.bytes(node.memory) })}
              </span>
              {why !== undefined && (
                <span className={styles['hostWord']}>{why === '' ? `✓ ${t('size.fits')}` : `▲ ${why}`}</span>
              )}
            </li>
          )
        })}
      </ul>
    </Section>
  )
}

function bytesOf(memory: string | undefined): number | undefined {
  if (memory === undefined) return undefined
  try {
    return quantityToBytes(memory)
  } catch (error) {
    if (!(error instanceof MetaError)) throw error
    // Half typed.
    return undefined
  }
}
