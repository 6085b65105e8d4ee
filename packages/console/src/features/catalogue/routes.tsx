import type { PageRoute } from '../../routes/page-route.ts'
import { catalogueItemPath, cataloguePath, catalogueSectionPath } from '../../routes/paths.ts'

const loadCatalogue = async () => (await import('./catalogue-page.tsx')).CataloguePage
const loadItem = async () => (await import('./template-page.tsx')).TemplatePage
const messages = ['catalogue', 'uploads', 'storage']

export const catalogueRoutes: readonly PageRoute[] = [
  { path: cataloguePath, rail: 'catalogue', messages, load: loadCatalogue },
  { path: catalogueSectionPath, rail: 'catalogue', messages, load: loadCatalogue },
  { path: catalogueItemPath, rail: 'catalogue', messages, load: loadItem },
]
