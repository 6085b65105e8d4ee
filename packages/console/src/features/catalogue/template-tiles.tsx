/** Templates as tiles: what it is, where it is from, and whether it can be used. */

import { templateNamespace } from '@berth/api'
import { useMessages } from '../../i18n/index.ts'
import { Link } from '../../routes/navigation.tsx'
import styles from './tiles.module.css'
import { templateFacts, type ListedTemplate } from './use-templates.ts'

export interface TemplateTilesProps {
  templates: readonly ListedTemplate[]
  hrefOf: (template: ListedTemplate) => string
  label: string
}

export function TemplateTiles({ templates, hrefOf, label }: TemplateTilesProps) {
  return (
    <ul className={styles['tiles']} aria-label={label}>
      {templates.map((template) => (
        <li key={`${template.cluster}/${template.item.metadata.namespace ?? ''}/${template.item.metadata.name ?? ''}`}>
          <Tile template={template} href={hrefOf(template)} />
        </li>
      ))}
    </ul>
  )
}

function Tile({ template, href }: { template: ListedTemplate; href: string }) {
  const t = useMessages('catalogue')
  const facts = templateFacts(template.item)
  const { namespace = '' } = template.item.metadata
  return (
    <Link href={href} className={styles['tile']}>
      <span className={styles['icon']} aria-hidden>
        {facts.icon}
      </span>
      <span className={styles['text']}>
        <span className={styles['title']}>{facts.title}</span>
        <span className={styles['description']}>{facts.description}</span>
        {namespace !== templateNamespace && <span className={styles['place']}>{t('from', { namespace })}</span>}
        {facts.notReady !== undefined && <span className={styles['missing']}>▲ {facts.notReady}</span>}
      </span>
    </Link>
  )
}
