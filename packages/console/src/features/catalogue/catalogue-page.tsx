/** Catalogue: what machines are made from. */

import { createPath, catalogueSectionPath } from '../../routes/paths.ts'
import { useMessages } from '../../i18n/index.ts'
import { usePathParams } from '../../routes/navigation.tsx'
import { Button, LinkTabs, Page } from '../../ui/index.ts'
import { UploadsSection } from '../uploads/uploads-section.tsx'
import { ImagesSection } from './images/images-section.tsx'
import { PreferencesSection } from './preferences-section.tsx'
import { SizesSection } from './sizes-section.tsx'
import { TemplatesSection } from './templates-section.tsx'

const sections = ['templates', 'images', 'uploads', 'sizes', 'preferences'] as const
type SectionName = (typeof sections)[number]

const parts: Record<SectionName, () => React.ReactNode> = {
  templates: TemplatesSection,
  images: ImagesSection,
  uploads: UploadsSection,
  sizes: SizesSection,
  preferences: PreferencesSection,
}

export function CataloguePage() {
  const t = useMessages('catalogue')
  const { section } = usePathParams(catalogueSectionPath)
  const current: SectionName = sections.find((name) => name === section) ?? 'templates'
  const Part = parts[current]
  const words: Record<SectionName, string> = {
    templates: t('templates.title'),
    images: t('images.title'),
    uploads: t('uploads'),
    sizes: t('sizes.title'),
    preferences: t('preferences.title'),
  }
  return (
    <Page
      title={t('title')}
      actions={
        <Button kind="primary" icon="add" href={createPath()}>
          {t('create')}
        </Button>
      }
      below={
        <LinkTabs
          label={t('sections')}
          current={current}
          tabs={sections.map((id) => ({ id, label: words[id], href: catalogueSectionPath({ section: id }) }))}
        />
      }
    >
      <Part />
    </Page>
  )
}
