/** The form: sections with their fields, found by words. */

import type { ReactNode } from 'react'
import { pathText } from '@berth/view'
import { useMessages } from '../../../i18n/index.ts'
import { Empty, Section, Stack } from '../../../ui/index.ts'
import { CloudInitPart } from './cloud-init-part.tsx'
import { DisksPart } from './disks-part.tsx'
import { FieldRow } from './field-row.tsx'
import { FirmwarePart } from './firmware-part.tsx'
import { InterfacesPart } from './interfaces-part.tsx'
import { sections, type FieldSpec, type SectionSpec } from './field-table.ts'
import { SectionNav } from './section-nav.tsx'
import styles from './configure.module.css'

const parts: Record<NonNullable<SectionSpec['part']>, () => ReactNode> = {
  disks: DisksPart,
  interfaces: InterfacesPart,
  firmware: FirmwarePart,
  'cloud-init': CloudInitPart,
}

export function FormPart({ find }: { find: string }) {
  const t = useMessages('machine')
  const words = find
    .trim()
    .toLocaleLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  const matches = (text: string): boolean => words.every((word) => text.toLocaleLowerCase().includes(word))
  const fieldText = ({ id, path }: FieldSpec): string =>
    `${t(`field.${id}`)} ${t(`fieldHint.${id}`, { defaultValue: '' })} ${pathText(path)}`
  const shown = sections.flatMap((section) => {
    const whole = matches(`${t(`section.${section.id}`)} ${t(`sectionWords.${section.id}`, { defaultValue: '' })}`)
    const fields = whole
      ? section.fields
      : section.fields.filter((field) => matches(`${t(`section.${section.id}`)} ${fieldText(field)}`))
    return whole || fields.length > 0 ? [{ section, fields, part: whole ? section.part : undefined }] : []
  })
  if (shown.length === 0) return <Empty icon="search" title={t('configure.nothingFound', { find })} />
  return (
    <div className={styles['form']}>
      <SectionNav sections={shown.map(({ section }) => section.id)} />
      <Stack gap={4}>
        {shown.map(({ section, fields, part }) => {
          const Part = part === undefined ? undefined : parts[part]
          return (
            <div key={section.id} id={`section-${section.id}`} className={styles['section']}>
              <Section title={t(`section.${section.id}`)}>
                <div className={styles['fields']}>
                  {Part !== undefined && <Part />}
                  {fields.map((field) => (
                    <FieldRow key={field.id} field={field} />
                  ))}
                </div>
              </Section>
            </div>
          )
        })}
      </Stack>
    </div>
  )
}
