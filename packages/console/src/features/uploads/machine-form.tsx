/** The machine that a package proposes: what it will be, what will be different, and what one can choose. */

import { useState } from 'react'
import { quantityToBytes } from '@berth/meta'
import {
  defaultClass,
  fitOn,
  machineFromOvf,
  type MachineUploadWish,
  type OvfMachine,
  type UploadedPackage,
} from '@berth/view'
import { useFormat, useMessages } from '../../i18n/index.ts'
import {
  CheckboxField,
  Form,
  Notice,
  NumberField,
  Section,
  SelectField,
  Stack,
  Table,
  TextField,
} from '../../ui/index.ts'
import { FitNote } from '../storage/dialogs/fit-note.tsx'
import { usePlace } from '../storage/dialogs/place-fields.tsx'
import { ClassField } from '../storage/dialogs/class-field.tsx'
import { useClasses } from '../storage/dialogs/use-classes.ts'
import { bytesIn, isName, isQuantity } from '../storage/names.ts'
import { nameFrom } from './name-from.ts'
import type { FormProps } from './form-props.ts'
import styles from './uploads.module.css'
import { useReport } from './use-report.ts'

interface MachineFormProps extends FormProps {
  found: UploadedPackage
  wish: MachineUploadWish | undefined
}

const buses = ['virtio', 'sata', 'scsi'] as const

export function MachineForm(props: MachineFormProps) {
  const t = useMessages('uploads')
  const { machines } = props.found.package
  const [index, setIndex] = useState(props.wish?.index ?? 0)
  const machine = machines[index]
  return (
    <Stack>
      {machines.length > 1 && (
        <SelectField
          label={t('machine')}
          value={String(index)}
          data={machines.map(({ name }, at) => ({ value: String(at), label: name }))}
          allowDeselect={false}
          onChange={(value) => setIndex(Number(value ?? index))}
        />
      )}
      {machine !== undefined && <OneMachine key={index} {...props} machine={machine} index={index} />}
    </Stack>
  )
}

function OneMachine({
  fileName,
  onReady,
  found,
  wish,
  machine,
  index,
}: MachineFormProps & { machine: OvfMachine; index: number }) {
  const t = useMessages('uploads')
  const words = useMessages('storage')
  const format = useFormat()
  const { place, fields } = usePlace(wish)
  const first = machineFromOvf(machine, { name: 'x', namespace: 'x' }).machine.spec.template.spec.domain
  const cpu = first.cpu
  const [name, setName] = useState(wish?.name ?? (nameFrom(machine.name) || nameFrom(fileName)))
  const [cpus, setCpus] = useState(wish?.cpus ?? (cpu?.cores ?? 1) * (cpu?.sockets ?? 1))
  const [memory, setMemory] = useState(wish?.memory ?? first.memory?.guest ?? '1Gi')
  const [className, setClass] = useState<string | null>(wish?.class ?? null)
  const [bus, setBus] = useState<string | null>(wish?.bus ?? null)
  const [keepMacs, setKeepMacs] = useState(wish?.keepMacs ?? false)
  const [start, setStart] = useState(wish?.start ?? false)
  const classes = useClasses(place.cluster)
  const nameError = name !== '' && !isName(name) ? words('form.badName') : undefined
  const memoryError = isQuantity(memory) ? undefined : words('form.badSize')
  const known = buses.find((each) => each === bus)
  const made: MachineUploadWish = {
    kind: 'machine',
    ...place,
    name,
    index,
    // As the package has it, its sockets and cores stay.
    ...(cpus === machine.cpus ? {} : { cpus }),
    memory,
    ...(className === null ? {} : { class: className }),
    ...(known === undefined ? {} : { bus: known }),
    keepMacs,
    start,
  }
  const proposal = machineFromOvf(machine, { ...made, ...(className === null ? {} : { storageClass: className }) })
  const of = className === null ? defaultClass(classes) : classes.find((each) => each.name === className)
  const bytes = proposal.disks.map(
    ({ dataVolume: { spec } }) => bytesIn(spec.storage?.resources?.requests?.['storage'] ?? '') ?? 0,
  )
  const fit = fitOn(
    of,
    bytes.reduce((sum, each) => sum + each, 0),
  )
  const reason =
    (name === '' ? words('form.noName') : nameError) ??
    memoryError ??
    (fit.kind === 'too-large'
      ? words('fit.tooLarge', { free: format.bytes(fit.free), missing: format.bytes(fit.missing) })
      : undefined)
  useReport(onReady, { wish: made }, reason)
  return (
    <Stack>
      <Form columns={2}>
        <TextField
          label={words('column.name')}
          value={name}
          error={nameError}
          onChange={(event) => setName(event.currentTarget.value.trim())}
        />
        {fields}
        <NumberField
          label={t('cpus')}
          value={cpus}
          min={1}
          max={512}
          onChange={(value) => setCpus(Number(value) || 1)}
        />
        <TextField
          label={t('memory')}
          value={memory}
          error={memoryError}
          onChange={(event) => setMemory(event.currentTarget.value.trim())}
        />
        <ClassField classes={classes} value={className} onChange={setClass} />
        <SelectField
          label={t('bus')}
          placeholder={t('busFits')}
          value={bus}
          data={[...buses]}
          onChange={setBus}
          clearable
        />
      </Form>
      <CheckboxField
        label={t('keepMacs')}
        checked={keepMacs}
        onChange={(event) => setKeepMacs(event.currentTarget.checked)}
      />
      <CheckboxField label={t('start')} checked={start} onChange={(event) => setStart(event.currentTarget.checked)} />
      <Parts machine={machine} proposal={proposal} />
      <Section title={t('differences')}>
        <ul className={styles['differences']}>
          {proposal.differences.map(({ id, values, text, level }) => (
            <li key={text} className={level === 'warning' ? styles['warning'] : undefined}>
              {level === 'warning' ? `${t('attention')} ` : ''}
              {t(`difference.${id}`, values)}
            </li>
          ))}
        </ul>
      </Section>
      <FitNote fit={fit} />
      {!found.hasManifest && <Notice>{t('noManifest')}</Notice>}
      {found.signed && <Notice>{t('signed')}</Notice>}
    </Stack>
  )
}

interface Part {
  name: string
  kind: string
  value: string
}

function Parts({ machine, proposal }: { machine: OvfMachine; proposal: ReturnType<typeof machineFromOvf> }) {
  const t = useMessages('uploads')
  const format = useFormat()
  const { domain, networks = [] } = proposal.machine.spec.template.spec
  const rows: Part[] = [
    ...proposal.disks.map(({ dataVolume, disk, cdRom }) => {
      const size = dataVolume.spec.storage?.resources?.requests?.['storage'] ?? '0'
      return {
        name: dataVolume.metadata.name ?? '',
        kind: t(cdRom === undefined ? 'part.disk' : 'part.cdrom'),
        value: [format.bytes(quantityToBytes(size)), (disk ?? cdRom)?.file?.name ?? t('part.empty')].join(', '),
      }
    }),
    ...(domain.devices.interfaces ?? []).map((card) => {
      const network = networks.find((each) => each.name === card.name)
      return {
        name: card.name,
        kind: t('part.card'),
        value: [network?.multus?.networkName ?? t('part.pod'), card.model ?? '', card.macAddress ?? '']
          .filter((each) => each !== '')
          .join(', '),
      }
    }),
    {
      name: t('part.firmware'),
      kind: t('part.firmware'),
      value: machine.firmware === 'efi' ? (machine.secureBoot ? 'UEFI, Secure Boot' : 'UEFI') : 'BIOS',
    },
  ]
  return (
    <Table
      label={t('parts')}
      items={rows}
      keyOf={({ name, kind }) => `${kind}/${name}`}
      columns={[
        { id: 'name', title: t('part.name'), cell: ({ name }) => name },
        { id: 'kind', title: t('part.kind'), cell: ({ kind }) => kind },
        { id: 'value', title: t('part.value'), cell: ({ value }) => value },
      ]}
    />
  )
}
